import type { Reporter } from '../../pipeline/reporter.ts';
import type { CaseRecord } from '../record.ts';
import { bringUpToDate, markComplete } from './bring-up-to-date.ts';
import type { RecordStore, StoredRun } from './record-store.ts';
import { provenanceOf } from './run-provenance.ts';

export interface HistoryReporterOptions {
  readonly open: () => Promise<RecordStore>;
  readonly stateFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Records that wait for the store are written together; this many at the latest. */
const batchSize = 100;

/**
 * Adds a run to the history while it goes on. The journal in the run's folder stays the truth: whatever the store does
 * not get, because it is down or because this process dies, it gets at the start of a later run.
 */
export function historyReporter({ open, stateFolder, env }: HistoryReporterOptions): Reporter {
  let store: RecordStore | undefined;
  let run: StoredRun | undefined;
  let waiting: CaseRecord[] = [];

  const write = async (): Promise<void> => {
    const records = waiting;
    waiting = [];
    await store?.addRecords(records);
  };
  return {
    async onRunStart(plan) {
      store = await open();
      await bringUpToDate(store, stateFolder, plan.run);
      run = await provenanceOf(plan, env);
      await store.putRun(run);
    },
    async onCaseEnd(record) {
      waiting.push(record);
      if (waiting.length >= batchSize) await write();
    },
    async onRunEnd({ plan, interrupted }) {
      if (store === undefined || run === undefined) return;
      try {
        await write();
        await store.putRun({ ...run, endedAt: new Date().toISOString(), interrupted });
        await markComplete(plan.folder);
      } finally {
        await store[Symbol.asyncDispose]();
        store = undefined;
      }
    },
  };
}
