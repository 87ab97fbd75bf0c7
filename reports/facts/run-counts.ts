import type { CaseRecord, Verdict } from '../../harness/store/record.ts';
import { formatDuration } from './duration.ts';

export interface RunCounts {
  readonly byVerdict: Readonly<Record<Verdict, number>>;
  /** Of the passed ones. */
  readonly marginal: number;
  readonly simulated: number;
  readonly total: number;
}

export function countRecords(records: readonly CaseRecord[]): RunCounts {
  const byVerdict = { passed: 0, failed: 0, broken: 0, skipped: 0, unknown: 0 };
  let marginal = 0;
  let simulated = 0;
  for (const record of records) {
    byVerdict[record.verdict]++;
    if (isMarginal(record)) marginal++;
    if (record.target.simulated) simulated++;
  }
  return { byVerdict, marginal, simulated, total: records.length };
}

/** Passed, but close to a limit. */
export function isMarginal({ verdict, marginal }: Pick<CaseRecord, 'verdict' | 'marginal'>): boolean {
  return verdict === 'passed' && marginal;
}

/** e.g. `12 passed (2 marginal), 1 failed, 1 broken, 0 skipped in 8.2 s`; without the time where nothing was run. */
export function summaryLine({ byVerdict, marginal }: RunCounts, totalMs?: number): string {
  const passed = `${byVerdict.passed} passed${marginal > 0 ? ` (${marginal} marginal)` : ''}`;
  const unknown = byVerdict.unknown > 0 ? [`${byVerdict.unknown} unknown`] : [];
  const others = [`${byVerdict.failed} failed`, `${byVerdict.broken} broken`, `${byVerdict.skipped} skipped`];
  const time = totalMs === undefined ? '' : ` in ${formatDuration(totalMs)}`;
  return `${[passed, ...others, ...unknown].join(', ')}${time}`;
}

/** What must be said about stand-ins among the boards; undefined where there was none. */
export function simulationNotice({ simulated, total }: RunCounts): string | undefined {
  if (simulated === 0) return undefined;
  return simulated === total
    ? 'Every result is simulated: no NPU was involved.'
    : `${simulated} of ${total} results are simulated; they say nothing about a real NPU.`;
}
