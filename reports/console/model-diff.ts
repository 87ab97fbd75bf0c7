import type { AnswerError, AnswerPair } from '../../harness/model-diff/answers.ts';
import { formatStorage } from '../../harness/model-diff/format-storage.ts';
import type {
  ConstantChange,
  ModelDiff,
  ModelSummary,
  NodeChange,
  TensorChange,
} from '../../harness/model-diff/model-diff.ts';
import { formatNumber } from '../facts/number.ts';
import type { Colours } from './appearance.ts';
import { shortenMiddle } from './display-width.ts';
import { plainTable } from './plain-table.ts';

const widestName = 40;
/** Rows of a list that are shown where nobody asked for all. */
const usualRows = 12;

/** Two model files side by side, in sections; what does not differ is one line. */
export function modelDiffLines(
  diff: ModelDiff,
  answers: readonly AnswerPair[],
  note: string,
  colours: Colours,
  most = usualRows,
): string[] {
  const few = <T>(rows: readonly T[], lines: (rows: readonly T[]) => string[]): string[] => [
    ...lines(rows.slice(0, most)),
    ...(rows.length > most ? [`... and ${rows.length - most} more; --all shows them`] : []),
  ];
  const section = (title: string, lines: readonly string[]) => ['', colours.bold(title), ...lines];
  const { description, nodes, fusions, tensors, constants, compared } = diff;
  const largestConstants = constants.toSorted((a, b) => (b.relative ?? Infinity) - (a.relative ?? Infinity));
  return [
    `before  ${summaryOf(diff.before)}`,
    `after   ${summaryOf(diff.after)}`,
    ...section(
      'Description',
      description.length === 0 ? ['nothing differs'] : describe(description, colours),
    ),
    ...section(
      `Graph: ${compared.nodes} nodes are in both`,
      nodes.length === 0
        ? ['no node was added, removed or altered']
        : few(nodes, (rows) => rows.map(tellNode)),
    ),
    ...section(
      'Fused steps',
      fusions.before.length + fusions.after.length === 0
        ? ['the same']
        : few(
            [
              ...fusions.before.map((step) => `only before  ${step}`),
              ...fusions.after.map((step) => `only after   ${step}`),
            ],
            (rows) => [...rows],
          ),
    ),
    ...section(
      `Formats of layer outputs: ${tensors.length} of ${compared.tensors} differ`,
      few(tensors, (rows) => (rows.length === 0 ? [] : tensorTable(rows))),
    ),
    ...section(
      `Weights and biases: ${constants.length} of ${compared.constants} differ`,
      few(largestConstants, (rows) => (rows.length === 0 ? [] : constantTable(rows))),
    ),
    ...(answers.length === 0
      ? ['', 'Name cases with --spec to see what this does to the answers.']
      : section(`Answers on ${answers.length} inputs`, [
          ...few(
            answers.toSorted((a, b) => change(b) - change(a)),
            answerTable,
          ),
          ...verdictOn(answers),
          colours.dim(note),
        ])),
  ];
}

const summaryOf = ({ file, toolkit, nodes, constantBytes, sha256 }: ModelSummary): string =>
  `${file}  toolkit ${toolkit ?? 'unknown'}, ${nodes} nodes, ${constantBytes.toLocaleString('en')} bytes of constants, sha256 ${sha256.slice(0, 12)}`;

function describe(changes: ModelDiff['description'], colours: Colours): string[] {
  const rows = changes.map(({ field, before, after, meaning }) => [
    field,
    `${before ?? 'absent'} → ${after ?? 'absent'}`,
    meaning === undefined ? '' : colours.yellow(meaning),
  ]);
  return plainTable([{ title: '' }, { title: '' }, { title: '' }], rows).slice(1);
}

function tellNode(change: NodeChange): string {
  const { node, op } = change;
  const name = `${shortenMiddle(node, widestName)} ${op}`;
  return change.change === 'altered'
    ? `altered  ${name}: ${change.what.join('; ')}`
    : `${change.change.padEnd(7)}  ${name}`;
}

const tensorTable = (changes: readonly TensorChange[]): string[] =>
  plainTable(
    [
      { title: 'node' },
      { title: 'op' },
      { title: 'before' },
      { title: 'after' },
      { title: 'step', align: 'right' },
    ],
    changes.map(({ node, op, port, before, after, stepRatio }) => [
      shortenMiddle(port === 0 ? node : `${node}:${port}`, widestName),
      op,
      formatStorage(before),
      formatStorage(after),
      stepRatio === undefined ? '' : `x ${formatNumber(stepRatio)}`,
    ]),
  );

function constantTable(changes: readonly ConstantChange[]): string[] {
  const hasFloat = changes.some(({ againstFloat }) => againstFloat);
  return plainTable(
    [
      { title: 'node' },
      { title: 'of it' },
      { title: 'before' },
      { title: 'after' },
      { title: 'numbers changed', align: 'right' },
      { title: 'change', align: 'right' },
      { title: 'largest', align: 'right' },
      ...(hasFloat ? [{ title: 'off the float network', align: 'right' } as const] : []),
    ],
    changes.map((row) => [
      shortenMiddle(row.node, widestName),
      row.role,
      formatStorage(row.before),
      formatStorage(row.after),
      row.codesChanged === undefined ? 'all: other format' : `${row.codesChanged} of ${row.elements}`,
      row.relative === undefined ? 'other shape' : percent(row.relative),
      row.maxAbs === undefined ? '' : formatNumber(row.maxAbs, 3),
      ...(hasFloat
        ? [row.againstFloat ? `${percent(row.againstFloat.before)} → ${percent(row.againstFloat.after)}` : '']
        : []),
    ]),
  );
}

const percent = (share: number): string =>
  Number.isFinite(share) ? `${formatNumber(share * 100, 3)} %` : formatNumber(share);

const change = ({ before, after }: AnswerPair): number => Math.abs(after.maxAbs - before.maxAbs);

const answerTable = (answers: readonly AnswerPair[]): string[] =>
  plainTable(
    [
      { title: 'case' },
      { title: 'output' },
      { title: 'float', align: 'right' },
      { title: 'before', align: 'right' },
      { title: 'after', align: 'right' },
      { title: '|error| before', align: 'right' },
      { title: '|error| after', align: 'right' },
      { title: 'margin', align: 'right' },
    ],
    answers.map(({ case: name, output, golden, before, after }) => [
      shortenMiddle(name, widestName),
      output,
      classOf(golden),
      classOf(before.top1),
      classOf(after.top1),
      formatNumber(before.maxAbs, 4),
      formatNumber(after.maxAbs, 4),
      before.margin === undefined || after.margin === undefined
        ? ''
        : `${formatNumber(before.margin, 3)} → ${formatNumber(after.margin, 3)} nats`,
    ]),
  );

const classOf = (best: AnswerError['top1']): string =>
  best === undefined ? '' : `${best.index}: ${formatNumber(best.value, 5)}`;

/** The answers in two sentences. */
function verdictOn(answers: readonly AnswerPair[]): string[] {
  const worst = (side: 'before' | 'after') => Math.max(...answers.map((pair) => pair[side].maxAbs));
  const flipped = answers.filter(({ before, after }) => before.top1?.index !== after.top1?.index).length;
  const outside = (side: 'before' | 'after') => answers.filter((pair) => !pair[side].ok).length;
  return [
    `Largest error against the float network: ${formatNumber(worst('before'))} before, ${formatNumber(worst('after'))} after; the best class changes on ${flipped} of ${answers.length}.`,
    `Outside the spec’s tolerance: ${outside('before')} before, ${outside('after')} after.`,
  ];
}
