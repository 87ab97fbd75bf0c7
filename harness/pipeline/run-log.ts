import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SetAside } from '../board/broker/lease.ts';
import type { CaseRecord } from '../store/record.ts';
import { type ErrorReport, reportError } from '../hil-error.ts';
import { RecordJournal } from '../store/record-journal.ts';
import { writeDurably } from '../store/durable-file.ts';
import { storageErrorCode } from '../store/storage-error.ts';
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
  readonly #setAside: SetAside[] = [];
  #given = new AbortController();
  #journal: RecordJournal | undefined;
  #startedAt = 0;

  constructor(plan: RunPlan, reporters: readonly Reporter[]) {
    this.plan = plan;
    this.#reporters = reporters;
  }

  get records(): readonly CaseRecord[] {
    return [...this.#records.values()];
  }

  /** True if the case has begun and not ended. */
  isRunning(name: string, sdk: string): boolean {
    return this.#running.has(this.#keyOf(name, sdk));
  }

  hasRecord(name: string, sdk: string): boolean {
    return this.#records.has(this.#keyOf(name, sdk));
  }

  async start(): Promise<void> {
    this.#records.clear();
    this.#running.clear();
    this.#errors.length = 0;
    this.#setAside.length = 0;
    this.#given = new AbortController();
    this.#startedAt = performance.now();
    await mkdir(this.plan.folder, { recursive: true });
    await writeDurably(join(this.plan.folder, 'run.json'), `${JSON.stringify(this.plan, undefined, 2)}\n`);
    this.#journal = await RecordJournal.create(this.plan.folder);
    await this.#tell((reporter) => reporter.onRunStart?.(this.plan));
  }

  /** Aborts when nothing more can be kept: a run whose records are lost must not go on. */
  get givenUp(): AbortSignal {
    return this.#given.signal;
  }

  /** A case that only waits for a board has not begun: it can be run again by another worker. */
  stage(update: StageUpdate): void {
    const key = this.#keyOf(update.case, update.sdk);
    if (update.stage === 'lease') this.#running.delete(key);
    else this.#running.add(key);
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
    const key = this.#keyOf(record.case.name, record.target.sdk);
    this.#running.delete(key);
    if (this.#records.has(key)) return;
    this.#records.set(key, record);
    try {
      await this.#journal?.append(record);
    } catch (error) {
      this.#records.delete(key);
      this.#giveUp(reportError(error));
      return;
    }
    await this.#tell((reporter) => reporter.onCaseEnd?.(record));
    if (record.error?.code === storageErrorCode) this.#giveUp(record.error);
  }

  boardSetAside(event: SetAside): void {
    this.#setAside.push(event);
    for (const reporter of this.#reporters) {
      try {
        reporter.onBoardSetAside?.(event);
      } catch (error) {
        this.#noteFailure(error);
      }
    }
  }

  notice(text: string): void {
    for (const reporter of this.#reporters) {
      try {
        reporter.onNotice?.(text);
      } catch (error) {
        this.#noteFailure(error);
      }
    }
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
        setAside: [...this.#setAside],
      }),
    );
    await this.#journal?.[Symbol.asyncDispose]();
    this.#journal = undefined;
    return { records, errors: [...this.#errors], interrupted };
  }

  /** In a matrix a case has a result on each SDK; else it may move to a board with another SDK, and stays one case. */
  #keyOf(name: string, sdk: string): string {
    return this.plan.matrix === undefined ? name : JSON.stringify([name, sdk]);
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

  #giveUp({ message, hint }: ErrorReport): void {
    this.error(`the run was given up: ${message}; next: ${hint}`);
    this.#given.abort();
  }

  #noteFailure(error: unknown): void {
    this.error(`a reporter failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
