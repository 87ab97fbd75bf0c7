import type { RunSummary } from '../../harness/pipeline/reporter.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { verdictMessage } from '../facts/case-text.ts';
import { knownCause } from '../facts/explanation-text.ts';
import { countRecords, simulationNotice, summaryLine } from '../facts/run-counts.ts';
import { boardLabel } from '../facts/target.ts';

const mostRows = 50;

/** The run as Markdown: counts, and a table of what did not pass. */
export function stepSummary({ plan, records, totalMs, interrupted, errors }: RunSummary): string {
  const counts = countRecords(records);
  const bad = records.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped');
  const notice = simulationNotice(counts);
  const lines = [
    `### ${summaryLine(counts, totalMs)}`,
    '',
    ...(interrupted ? ['The run was interrupted.', ''] : []),
    ...errors.map((error) => `- ${cell(error)}`),
    ...(errors.length > 0 ? [''] : []),
    ...(bad.length > 0 ? ['| verdict | case | board | SDK | why |', '| --- | --- | --- | --- | --- |'] : []),
    ...bad
      .slice(0, mostRows)
      .map(
        (record) =>
          `| ${record.verdict} | ${cell(record.case.name)} | ${cell(boardLabel(record.target))} | ${record.target.sdk} | ${cell(whyBad(record))} |`,
      ),
    ...(bad.length > mostRows ? ['', `and ${bad.length - mostRows} more`] : []),
    ...(bad.length > 0 ? [''] : []),
    `Run ${plan.run}, harness ${plan.harnessVersion}.${notice === undefined ? '' : ` ${notice}`}`,
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** How the case ended, and what is at fault where that is known. */
const whyBad = (record: CaseRecord): string => {
  const cause = knownCause(record);
  return cause === undefined ? verdictMessage(record) : `${verdictMessage(record)} Why: ${cause}`;
};

/** Text that stays one cell of a table, and text. */
const cell = (text: string) =>
  text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;')
    .replaceAll(/\s*\n\s*/g, ' ');
