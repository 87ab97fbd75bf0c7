import type { CaseRecord } from '../../harness/store/record.ts';
import { formatNumber, formatShare } from './number.ts';
import { tightestCheck } from './worst.ts';

/** One sentence that says how a case ended and why, without a full stop. */
export function verdictSentence(record: CaseRecord): string {
  if (record.reason !== undefined) return record.reason;
  if (record.error) return record.error.message;
  if (record.verdict !== 'passed') return `${record.verdict}, no reason was recorded`;
  if (record.comparison?.outputs.every(({ metrics }) => metrics.identical)) {
    return 'equal to the golden, bit for bit';
  }
  const tightest = record.comparison && tightestCheck(record.comparison);
  return tightest ? `tightest check: ${describeShare(tightest.check)}` : 'within tolerance';
}

function describeShare(check: { name: string; value: number; limit: number; used: number }): string {
  return `${check.name} is ${formatNumber(check.value)}, limit ${formatNumber(check.limit)} (${formatShare(check.used)} used)`;
}

/** What an error says beyond the sentence: its further lines, or all of it where the sentence is about something else. */
export function furtherErrorLines(record: CaseRecord): string[] {
  if (!record.error) return [];
  const [first = '', ...others] = record.error.message.split('\n');
  return verdictSentence(record).includes(first) ? others : [first, ...others];
}
