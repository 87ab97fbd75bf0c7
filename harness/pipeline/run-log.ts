import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CaseRecord } from '../store/record.ts';
import { RecordJournal } from '../store/record-journal.ts';
import { writeDurably } from '../store/durable-file.ts';
import type { Reporter, RunPlan, StageUpdate } from './reporter.ts';

/** What a run came to. */
export interface RunOutcome {
  readonly records: readonly CaseRecord[];
  /** What went wrong outside of cases. */
  readonly errors: readonly string[];
  readonly interrupted: boolean;
}

/**
 * The one place where a run's facts come together: a record is in the journal, on the disk, before any reporter hears of
 * it. A reporter that throws changes no verdict, but the run says so.
 */
export class RunLog {
  readonly plan: RunPlan;
  readonly #reporters: readonly Reporter[];
  readonly #records = new Map<string, CaseRecord>();
  readonly #running = new Set<string>();
  readonly #errors: string[] = [];
  #journal: RecordJournal | undefined;
  #startedAt = 0;

  constructor(plan: RunPlan, reporters: readonly Reporter[]) {
    this.plan = plan;
    this.#reporters = reporters;
  }

  get records(): readonly CaseRecord[] {
    return [...this.#records.values()];
  }

  /** Names of the cases that have begun and not ended. */
  get running(): readonly string[] {
    return [...this.#running];
  }

  hasRecord(name: string): boolean {
    return this.#records.has(name);
  }

  async start(): Promise<void> {
    this.#records.clear();
    this.#running.clear();
    this.#errors.length = 0;
    this.#startedAt = performance.now();
    await mkdir(this.plan.folder, { recursive: true });
    await writeDurably(join(this.plan.folder, 'run.json'), `${JSON.stringify(this.plan, undefined, 2)}\n`);
    this.#journal = await RecordJournal.create(this.plan.folder);
    await this.#tell((reporter) => reporter.onRunStart?.(this.plan));
  }

  stage(update: StageUpdate): void {
    this.#running.add(update.case);
    for (const reporter of this.#reporters) {
      try {
        reporter.onStage?.(update);
      } catch (error) {
        this.#noteFailure(error);
      }
    }
  }

  /** The first record of a case counts: Vitest tells of a test's end twice when a run is called off. */
  async caseEnd(record: CaseRecord): Promise<void> {
    const { name } = record.case;
    this.#running.delete(name);
    if (this.#records.has(name)) return;
    this.#records.set(name, record);
    await this.#journal?.append(record);
    await this.#tell((reporter) => reporter.onCaseEnd?.(record));
  }

  error(message: string): void {
    if (!this.#errors.includes(message)) this.#errors.push(message);
  }

  async end(interrupted: boolean): Promise<RunOutcome> {
    const { records } = this;
    await this.#tell((reporter) =>
      reporter.onRunEnd?.({
        plan: this.plan,
        records,
        totalMs: performance.now() - this.#startedAt,
        interrupted,
        errors: [...this.#errors],
      }),
    );
    await this.#journal?.[Symbol.asyncDispose]();
    this.#journal = undefined;
    return { records, errors: [...this.#errors], interrupted };
  }

  async #tell(what: (reporter: Reporter) => void | Promise<void>): Promise<void> {
    for (const reporter of this.#reporters) {
      try {
        await what(reporter);
      } catch (error) {
        this.#noteFailure(error);
      }
    }
  }

  #noteFailure(error: unknown): void {
    this.error(`a reporter failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
