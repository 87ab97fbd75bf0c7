import type { StackComparison } from '../../harness/layers/compare-stacks.ts';
import type { LayerAnalysis, LayerRow } from '../../harness/layers/layer-analysis.ts';
import { formatNumber } from '../facts/number.ts';
import type { Colours } from './appearance.ts';
import { shortenMiddle } from './display-width.ts';
import { plainTable } from './plain-table.ts';

const widestName = 36;
/** Of a table with columns for the model file, which is to fit into 120 columns. */
const narrow = { name: 24, operators: 16 };

/** An analysis as lines: the table with the suspect marked, what it means, and what could not be mapped. */
export function layerLines(analysis: LayerAnalysis, colours: Colours): string[] {
  const { rows, suspect, format, remarks, note } = analysis;
  return [
    ...(rows.length > 0 ? [...tableOf(analysis, colours), ''] : []),
    ...(suspect
      ? [colours.red(suspect.sentence), ...sharesAt(rows[suspect.row])]
      : rows.length > 0 && format !== 'unknown' && rows.every(({ excess }) => excess <= 1)
        ? [`Every mapped layer is within what ${format} allows for the inputs that the board gave it.`]
        : []),
    ...remarks,
    ...unmappedLines(analysis),
    colours.dim(note),
  ];
}

const tableOf = (analysis: LayerAnalysis, colours: Colours): string[] =>
  analysis.rows.some(({ converted }) => converted)
    ? [...threeWayTable(analysis, colours), '', `${threeWayLegend} ${legend(analysis.format)}`]
    : [...layerTable(analysis, colours), '', legend(analysis.format)];

/** With the model file between reference and board; shape, layout and gain are in the JSON. */
function threeWayTable({ rows, suspect }: LayerAnalysis, colours: Colours): string[] {
  const isSure = rows.every(({ confidence }) => confidence >= 0.99);
  const [head, ...body] = plainTable(
    [
      { title: '' },
      { title: '#', align: 'right' },
      { title: 'layer' },
      { title: 'computes' },
      ...(isSure ? [] : [{ title: 'sure', align: 'right' } as const]),
      { title: 'float→file', align: 'right' },
      { title: 'file→board', align: 'right' },
      { title: 'float→board', align: 'right' },
      { title: 'alone', align: 'right' },
      { title: 'format', align: 'right' },
      { title: 'of allowed', align: 'right' },
    ],
    rows.map((row) => [
      row.index === suspect?.row ? '>' : '',
      String(row.index),
      shortenMiddle(row.value, narrow.name),
      shortenMiddle(row.nodes.map(({ opType }) => opType).join('+'), narrow.operators),
      ...(isSure ? [] : [row.confidence.toFixed(2)]),
      row.converted ? percent(row.converted.fromReference.relative) : '',
      row.converted ? percent(row.converted.toBoard.relative) : '',
      percent(row.cumulative.relative),
      percent(row.isolated.relative),
      row.expected ? percent(row.expected.isolated.relative) : '',
      Number.isNaN(row.excess) ? '' : formatNumber(row.excess, 2),
    ]),
  );
  return [
    colours.bold(head),
    ...body.map((line, index) => (rows[index]!.excess > 1 ? colours.red(line) : line)),
  ];
}

const sharesAt = (row: LayerRow | undefined): string[] =>
  row?.converted
    ? [
        `There the conversion explains ${percent(row.converted.fromReference.relative)} of the ${percent(row.cumulative.relative)}; the board adds ${percent(row.converted.toBoard.relative)}.`,
      ]
    : [];

const threeWayLegend =
  'With all layers before: float→file is what the conversion did (the model file computed by a model of the NPU), file→board what the board did, float→board both.';

function layerTable({ rows, suspect }: LayerAnalysis, colours: Colours): string[] {
  const isSure = rows.every(({ confidence }) => confidence >= 0.99);
  const columns = [
    { title: '' },
    { title: '#', align: 'right' },
    { title: 'layer' },
    { title: 'computes' },
    { title: 'shape', align: 'right' },
    { title: 'layout' },
    ...(isSure ? [] : [{ title: 'sure', align: 'right' } as const]),
    { title: 'with all before', align: 'right' },
    { title: 'alone', align: 'right' },
    { title: 'format', align: 'right' },
    { title: 'gain', align: 'right' },
    { title: 'of allowed', align: 'right' },
  ] as const;
  const [head, ...body] = plainTable(
    columns,
    rows.map((row) => [
      row.index === suspect?.row ? '>' : '',
      String(row.index),
      shortenMiddle(row.value, widestName),
      shortenMiddle(row.nodes.map(({ opType }) => opType).join('+'), widestName),
      row.shape.join('x'),
      layoutOf(row),
      ...(isSure ? [] : [row.confidence.toFixed(2)]),
      percent(row.cumulative.relative),
      percent(row.isolated.relative),
      row.expected ? percent(row.expected.isolated.relative) : '',
      formatNumber(row.isolated.gain, 5),
      Number.isNaN(row.excess) ? '' : formatNumber(row.excess, 2),
    ]),
  );
  return [
    colours.bold(head),
    ...body.map((line, index) => (rows[index]!.excess > 1 ? colours.red(line) : line)),
  ];
}

const legend = (format: string) =>
  `Errors are rms, in percent of the layer's own rms. With all before: against the reference's own run. Alone: against the reference's layer fed with the board's inputs to it.${format === 'unknown' ? '' : ` Format: what ${format} explains of that.`}`;

const percent = (share: number) =>
  Number.isFinite(share) ? `${formatNumber(share * 100, 3)} %` : formatNumber(share);

function layoutOf({ layout: { order, transposed, paddedChannels, detected } }: LayerRow): string {
  const words = `${order}${transposed ? ', columns first' : ''}${paddedChannels === undefined ? '' : `, ${paddedChannels} channels`}`;
  return detected ? words : `${words}?`;
}

function unmappedLines({ unmapped: { dumps, values } }: LayerAnalysis): string[] {
  return [
    ...dumps.map(
      ({ dumps: [name], elements, reason }) => `Not mapped: ${name} (${elements} elements): ${reason}.`,
    ),
    ...(values.length === 0
      ? []
      : [`No dump was found for: ${values.map(({ value, opType }) => `${value} (${opType})`).join(', ')}.`]),
  ];
}

/** Two stacks side by side, with the first layer whose own error changed marked. */
export function stackLines({ sdks, rows, first, sentence }: StackComparison, colours: Colours): string[] {
  const [head, ...body] = plainTable(
    [
      { title: '' },
      { title: 'layer' },
      { title: 'inputs' },
      { title: 'values differ by', align: 'right' },
      { title: `own error ${sdks[0]}`, align: 'right' },
      { title: `own error ${sdks[1]}`, align: 'right' },
    ],
    rows.map((row, index) => [
      index === first ? '>' : '',
      shortenMiddle(row.value, widestName),
      row.sameInputs ? 'same' : 'differ',
      formatNumber(row.maxDifference, 3),
      formatNumber(row.own[0], 3),
      formatNumber(row.own[1], 3),
    ]),
  );
  const marked = body.map((line, index) => (rows[index]!.ownErrorChanged ? colours.yellow(line) : line));
  return [colours.bold(head), ...marked, '', `${sentence}.`];
}
