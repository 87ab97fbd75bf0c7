import type { Comparison } from '../../harness/compare/comparison.ts';
import { formatShape } from '../../harness/tensor/tensor.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { checkRows } from '../facts/check-rows.ts';
import { formatNumber } from '../facts/number.ts';
import { targetLabel } from '../facts/target.ts';
import { furtherErrorLines, verdictSentence } from '../facts/verdict-sentence.ts';
import type { Colours } from './appearance.ts';
import { plainTable } from './plain-table.ts';
import { verdictWord } from './verdict-word.ts';

/** Everything that a person needs to start on a case that failed or broke. */
export function caseDetails(record: CaseRecord, colours: Colours): string[] {
  const lines = [
    `${verdictWord(record, colours)}  ${colours.bold(record.case.name)}  ${colours.dim(`on ${targetLabel(record.target)}`)}`,
    ...indent(describeReason(record, colours)),
    ...indent(record.comparison ? describeComparison(record.comparison, colours) : []),
    ...indent(describeAttempts(record)),
  ];
  if (record.knownIssue) {
    const { id, reason, url } = record.knownIssue;
    lines.push(`  known issue ${id}: ${reason}${url === undefined ? '' : ` (${url})`}; still a failure`);
  }
  lines.push(`  spec     ${record.case.specFile}`, `  input    ${record.case.inputFile}`);
  if (record.capture !== undefined) lines.push(`  capture  ${record.capture}`);
  return lines;
}

function describeReason(record: CaseRecord, colours: Colours): string[] {
  const { error } = record;
  if (!error) return [verdictSentence(record)];
  return [
    verdictSentence(record),
    ...furtherErrorLines(record),
    ...error.causes.map((cause) => colours.dim(`caused by: ${cause}`)),
    `${colours.cyan('next:')} ${error.hint}`,
    colours.dim(`${error.code}, for the ${keeper[error.owner]}`),
  ];
}

const keeper = {
  spec: 'author of the spec',
  lab: 'keeper of the lab',
  undecided: 'keeper of the lab or the author of the network: nobody can tell yet',
  harness: 'makers of the harness',
} as const;

function describeComparison(comparison: Comparison, colours: Colours): string[] {
  const lines = comparison.faults.map(({ message, kind }) => `${colours.red(kind)}: ${message}`);
  const failed = checkRows(comparison).filter(({ ok }) => !ok);
  if (failed.length > 0) {
    lines.push(
      ...plainTable(
        [
          { title: 'output' },
          { title: 'check' },
          { title: 'value', align: 'right' },
          { title: 'limit', align: 'right' },
          { title: 'used', align: 'right' },
          { title: 'would just pass' },
        ],
        failed.map(({ output, check, value, limit, used, wouldPass }) => [
          output,
          check,
          value,
          limit,
          used,
          wouldPass,
        ]),
      ),
    );
  }
  for (const { name, shape, metrics } of comparison.outputs) {
    if (!metrics.worst) continue;
    const { index, golden, board } = metrics.worst;
    lines.push(
      `worst element of ${name} ${formatShape(shape)}: [${index.join(', ')}] golden ${formatNumber(golden, 6)}, board ${formatNumber(board, 6)}`,
    );
  }
  return lines;
}

function describeAttempts({ attempts }: CaseRecord): string[] {
  return attempts.map(
    ({ error, board }, index) => `attempt ${index + 1} on ${board}: ${error.message} (${error.code})`,
  );
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
