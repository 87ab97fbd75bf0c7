import type { StoredRun } from '../../harness/store/history/record-store.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { verdictMessage } from '../facts/case-text.ts';
import { countRecords, simulationNotice, summaryLine } from '../facts/run-counts.ts';
import { boardLabel } from '../facts/target.ts';

/** A message has room for so many cases. */
const mostCases = 10;

/** A run in a few lines of plain text, for a message: the counts, what did not pass and why, where to look. */
export function briefLines(run: StoredRun, records: readonly CaseRecord[]): string[] {
  const bad = records.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped');
  const counts = countRecords(records);
  const notice = simulationNotice(counts);
  return [
    `${summaryLine(counts)}${run.interrupted ? ', interrupted' : ''}: run ${run.id}`,
    ...(run.ciUrl === undefined ? [] : [run.ciUrl]),
    ...bad.slice(0, mostCases).map(caseLine),
    ...(bad.length > mostCases ? [`and ${bad.length - mostCases} more`] : []),
    ...(notice === undefined ? [] : [notice]),
  ];
}

function caseLine(record: CaseRecord): string {
  const { verdict, target } = record;
  const [reason = ''] = verdictMessage(record).split('\n');
  return `${verdict}: ${record.case.name} (${boardLabel(target)}, SDK ${target.sdk}): ${reason}`;
}
