import { openRecordStore } from '../../harness/store/history/open-record-store.ts';
import type { RecordStore } from '../../harness/store/history/record-store.ts';
import { trialRecord } from '../../harness/store/history/trial-record.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import type { RunRecords } from './newest-results.ts';

type Changes = Parameters<typeof trialRecord>[0];

/** Run number n of November, with these records. */
export function november(
  day: number,
  records: readonly Changes[],
  facts: Partial<RunRecords['run']> = {},
): RunRecords {
  const date = `2026-11-${String(day).padStart(2, '0')}`;
  const id = `${date}T21-00-00-0000`;
  const startedAt = `${date}T21:00:00.000Z`;
  return {
    run: { id, startedAt, harnessVersion: '0.1.0', command: 'hil run', ...facts },
    records: records.map((changes) => trialRecord({ run: id, timings: { startedAt }, ...changes })),
  };
}

/** A history in memory that holds these runs. */
export async function historyOf(runs: readonly RunRecords[]): Promise<RecordStore> {
  const store = await openRecordStore(':memory:', '/');
  for (const { run, records } of runs) {
    await store.putRun({ ...run, interrupted: false });
    await store.addRecords(records);
  }
  return store;
}

/** Records of these runs that a report shows as its results. */
export const resultsOf = (...runs: readonly RunRecords[]) =>
  runs.flatMap(({ run, records }) => records.map((record) => ({ run, record })));

export const failed: Partial<CaseRecord> & { used: number; maxAbsError: number } = {
  verdict: 'failed',
  class: 'precision',
  reason: 'too far off',
  used: 1.5,
  maxAbsError: 0.03,
};
