import type { Comparison } from '../../harness/compare/comparison.ts';
import { formatShape } from '../../harness/tensor/tensor.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { checkRows } from '../facts/check-rows.ts';
import { conversionSentence } from '../facts/conversion-text.ts';
import { explanationLines } from '../facts/explanation-text.ts';
import { givenValues } from '../facts/given-values.ts';
import { formatNumber } from '../facts/number.ts';
import { boardLabel, targetLabel } from '../facts/target.ts';
import { furtherErrorLines, verdictSentence } from '../facts/verdict-sentence.ts';
import type { Colours } from './appearance.ts';
import { plainTable } from './plain-table.ts';
import { byName } from './result-table.ts';
import { verdictWord } from './verdict-word.ts';

/** Blocks for one verdict, at most: the table names every case, and a log must stay one that is read. */
const mostBlocks = 30;
/** Names of a group's cases and of its spec files, at most. */
const mostNames = 8;

/**
 * Everything that a person needs to start on the cases that failed or broke, a block for each, failures first. Cases that
 * broke for the very same reason share one: a board that is gone breaks hundreds.
 */
export function caseDetails(records: readonly CaseRecord[], colours: Colours): string[][] {
  return (['failed', 'broken', 'unknown'] as const).flatMap((verdict) => {
    const groups = groupByReason(
      records.filter((record) => record.verdict === verdict).sort(byName),
      colours,
    );
    const blocks = groups.slice(0, mostBlocks).map((group) => describeGroup(group, colours));
    const left = groups.slice(mostBlocks).flatMap((group) => group.records);
    if (left.length === 0) return blocks;
    return [
      ...blocks,
      [`and ${left.length} more ${verdict}; the table names them, the reports tell of each`],
    ];
  });
}

interface Group {
  /** What holds for all of its cases. */
  readonly lines: readonly string[];
  readonly records: [CaseRecord, ...CaseRecord[]];
}

function groupByReason(records: readonly CaseRecord[], colours: Colours): Group[] {
  const groups = new Map<string, Group>();
  for (const record of records) {
    const lines = sharedLines(record, colours);
    const { name } = record.case;
    // Two comparisons are never the same news.
    const key = record.comparison
      ? name
      : [placeOf(record.target), ...lines.map((line) => withoutInput(line, record))].join('\n');
    const group = groups.get(key);
    if (group) group.records.push(record);
    else groups.set(key, { lines, records: [record] });
  }
  return [...groups.values()];
}

/** A stale golden, say, names its case in its message; it is the same trouble for all the cases of a spec. */
const withoutInput = (line: string, { case: { input } }: CaseRecord): string =>
  input.length < shortestName ? line : line.replaceAll(input, '\u0000');

/** Shorter names may be part of anything. */
const shortestName = 4;

function sharedLines(record: CaseRecord, colours: Colours): string[] {
  const lines = [
    ...describeReason(record, colours),
    ...describeExplanation(record, colours),
    ...describeConversion(record),
    ...(record.comparison ? describeComparison(record.comparison, colours) : []),
    ...describeAttempts(record),
  ];
  if (record.knownIssue) {
    const { id, reason, url } = record.knownIssue;
    lines.push(`known issue ${id}: ${reason}${url === undefined ? '' : ` (${url})`}; still a failure`);
  }
  return lines;
}

function describeGroup({ lines, records }: Group, colours: Colours): string[] {
  const [first] = records;
  const several = records.length > 1;
  const what = several ? `${records.length} cases` : first.case.name;
  const where = several ? placeOf(first.target) : targetLabel(first.target);
  return [
    `${verdictWord(first, colours)}  ${colours.bold(what)}  ${colours.dim(`on ${where}`)}`,
    ...indent(lines),
    ...indent(several ? describeOrigins(records) : describeOrigin(first)),
  ];
}

/** A rig does not care for the network's numeric format. */
const placeOf = (target: CaseRecord['target']): string => `${boardLabel(target)}, SDK ${target.sdk}`;

const describeOrigin = ({ case: { specFile, inputFile }, capture }: CaseRecord): string[] => [
  `spec     ${specFile}`,
  `input    ${inputFile}`,
  ...(capture === undefined ? [] : [`capture  ${capture}`]),
];

const describeOrigins = (records: readonly CaseRecord[]): string[] => [
  ...listUnder(
    'cases',
    records.map((record) => record.case.name),
  ),
  ...listUnder('specs', [...new Set(records.map((record) => record.case.specFile))]),
];

/** One name a line, the first beside the title. */
function listUnder(title: string, names: readonly string[]): string[] {
  // A list is not cut to save one line.
  const shown = names.length <= mostNames + 1 ? names : names.slice(0, mostNames);
  const rest = names.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].map(
    (name, index) => `${(index === 0 ? title : '').padEnd(9)}${name}`,
  );
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

function describeExplanation({ explanation }: CaseRecord, colours: Colours): string[] {
  if (explanation === undefined) return [];
  const colourOf = {
    why: colours.magenta,
    next: colours.cyan,
    'not looked at': colours.dim,
    '': colours.dim,
  };
  return explanationLines(explanation).map(({ lead, text }) =>
    lead === '' ? `  ${text}` : `${colourOf[lead](`${lead}:`)} ${text}`,
  );
}

function describeConversion(record: CaseRecord): string[] {
  const sentence = conversionSentence(record);
  return sentence === undefined ? [] : [sentence];
}

const keeper = {
  spec: 'author of the spec',
  lab: 'keeper of the lab',
  undecided: 'keeper of the lab or the author of the network: nobody can tell yet',
  harness: 'makers of the harness',
} as const;

function describeComparison(comparison: Comparison, colours: Colours): string[] {
  const lines = comparison.faults.map(({ message, kind }) => `${colours.red(kind)}: ${message}`);
  lines.push(...givenValues(comparison));
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

function describeAttempts({ attempts, error: last }: CaseRecord): string[] {
  const boards = [...new Set(attempts.map(({ board }) => board))].join(', ');
  if (attempts.length > 1 && attempts.every((attempt) => attempt.error.message === last?.message))
    return [`${attempts.length} attempts before it ended in the same way, on ${boards}`];
  return attempts.map(
    ({ error, board }, index) => `attempt ${index + 1} on ${board}: ${error.message} (${error.code})`,
  );
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
