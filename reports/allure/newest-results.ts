import type { KnownRun } from '../../harness/store/history/folder-runs.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { historyKeyOf } from './identity.ts';

/** A run with all of its records. */
export interface RunRecords {
  readonly run: KnownRun;
  readonly records: readonly CaseRecord[];
}

/** A record, and the run that it is of. */
export interface ResultOfRun {
  readonly run: KnownRun;
  readonly record: CaseRecord;
}

/**
 * What several runs have to say together: of each test its result in the newest run that has it. The older ones are no
 * retries of it, which is what Allure would take them for; they belong to its history.
 *
 * @returns The results, and how many others of these runs are older.
 */
export function newestResults(runs: readonly RunRecords[]): { results: ResultOfRun[]; older: number } {
  const newestRun = new Map<string, string>();
  const results: ResultOfRun[] = [];
  let older = 0;
  const newestFirst = runs.toSorted((a, b) => (a.run.startedAt < b.run.startedAt ? 1 : -1));
  for (const { run, records } of newestFirst) {
    for (const record of records) {
      const key = historyKeyOf(record);
      // One run may have a test twice, on two boards.
      if ((newestRun.get(key) ?? run.id) === run.id) {
        newestRun.set(key, run.id);
        results.push({ run, record });
      } else older++;
    }
  }
  return { results, older };
}
