import { writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reporter as VitestReporter, TestCase, TestModule } from 'vitest/node';
import type { Reporter, RunSummary } from '../pipeline/reporter.ts';
import type { CaseRecord } from '../store/record.ts';
import { RecordJournal } from '../store/record-journal.ts';
import type { PreparedRun } from './prepare-run.ts';

/** What a run came to, as far as the relay has seen it. */
export interface RelayedRun {
  readonly records: readonly CaseRecord[];
  readonly errors: readonly string[];
  readonly interrupted: boolean;
}

export interface Relay extends VitestReporter {
  /** The last finished run. */
  outcome(): RelayedRun;
}

/**
 * Hears Vitest's events in the main process and tells our reporters. A record is in the journal, on the disk, before
 * any reporter hears of it.
 */
export function relayReporter({ plan }: PreparedRun, reporters: readonly Reporter[]): Relay {
  let journal: RecordJournal | undefined;
  let startedAt = performance.now();
  let records: CaseRecord[] = [];
  let outcome: RelayedRun = { records: [], errors: [], interrupted: false };
  const trouble: string[] = [];

  return {
    outcome: () => outcome,

    async onTestRunStart() {
      records = [];
      trouble.length = 0;
      startedAt = performance.now();
      await mkdir(plan.folder, { recursive: true });
      await writeFile(join(plan.folder, 'run.json'), `${JSON.stringify(plan, undefined, 2)}\n`);
      journal = await RecordJournal.create(plan.folder);
      await tell((reporter) => reporter.onRunStart?.(plan));
    },

    onTestCaseArtifactRecord(_testCase, artifact) {
      if (artifact.type !== 'hil:stage') return;
      const { case: name, board, sdk, stage, done } = artifact;
      for (const reporter of reporters) reporter.onStage?.({ case: name, board, sdk, stage, done });
    },

    async onTestCaseResult(testCase) {
      const record = testCase.meta().hil;
      if (record === undefined) return;
      records.push(record);
      await journal?.append(record);
      await tell((reporter) => reporter.onCaseEnd?.(record));
    },

    async onTestRunEnd(modules, unhandledErrors, reason) {
      const errors = [
        ...modules.flatMap(loadErrors),
        ...modules.flatMap((module) => [...module.children.allTests()].flatMap(lostCase)),
        ...unhandledErrors.map((error) => error.message),
        ...trouble,
      ];
      const interrupted = reason === 'interrupted';
      const summary: RunSummary = {
        plan,
        records,
        totalMs: performance.now() - startedAt,
        interrupted,
        errors,
      };
      await tell((reporter) => reporter.onRunEnd?.(summary));
      await journal?.[Symbol.asyncDispose]();
      journal = undefined;
      outcome = {
        records,
        errors: [...errors, ...trouble.filter((message) => !errors.includes(message))],
        interrupted,
      };
    },
  };

  /** A reporter that throws changes no verdict, but the run says so. */
  async function tell(what: (reporter: Reporter) => void | Promise<void>): Promise<void> {
    for (const reporter of reporters) {
      try {
        await what(reporter);
      } catch (error) {
        const message = `a reporter failed: ${error instanceof Error ? error.message : String(error)}`;
        if (!trouble.includes(message)) trouble.push(message);
      }
    }
  }
}

const loadErrors = (module: TestModule): string[] => module.errors().map((error) => error.message);

/** A test that ran but left no record: its worker died, or it is a test of another kind. */
function lostCase(testCase: TestCase): string[] {
  const { state, errors } = testCase.result();
  if (testCase.meta().hil !== undefined || state !== 'failed') return [];
  return [`${testCase.fullName} ended without a record: ${errors?.[0]?.message ?? 'its worker died'}`];
}
