import type { LayerRow } from '../../harness/layers/layer-analysis.ts';
import type { SuspectTensors } from '../../harness/store/layer-capture.ts';
import { linearAxis } from '../charts/axis.ts';
import { svgDocument, svgLine, svgText } from '../charts/svg-document.ts';
import { formatNumber } from '../facts/number.ts';
import { layerStyle } from './layer-style.ts';

const width = 760;
const height = 480;
const left = 76;
const side = 360;
const top = 62;

/** So many points are drawn: more only make a blot. */
const mostPoints = 800;

/** What the board gave against what the layer should give for the board's own input: on the line is right. */
export function scatterPlot(row: LayerRow, { board, isolated }: SuspectTensors): string {
  const points = samplePoints(isolated.data, board.data);
  const values = points.flatMap(([a, b]) => [a, b]).filter(Number.isFinite);
  const axis = linearAxis(values, side);
  const x = (value: number) => left + axis.position(value);
  const y = (value: number) => top + side - axis.position(value);
  const [low, high] = [axis.ticks[0]!.value, axis.ticks.at(-1)!.value];
  const { gain } = row.isolated;
  // The line of the gain, cut where it leaves the square.
  const reach = Number.isFinite(gain) && gain > 0 ? Math.min(high, high / gain) : 0;
  const start = Number.isFinite(gain) && gain > 0 ? Math.max(low, low / gain) : 0;
  const facts = [
    `gain ${formatNumber(gain, 5)}`,
    `cosine ${formatNumber(row.isolated.cosine, 6)}`,
    `largest |error| ${formatNumber(row.isolated.maxAbsError, 3)}`,
    `RMS error ${formatNumber(row.isolated.rmse, 3)}`,
    ...(row.expected ? [`format alone: RMS ${formatNumber(row.expected.isolated.rmse, 3)}`] : []),
    `${points.length} of ${board.data.length} values drawn`,
  ];
  return svgDocument({
    width,
    height,
    title: `${row.value}: reference against board`,
    description: facts.join('; '),
    body: [
      layerStyle,
      svgText(16, 26, `${row.value}: board against reference`, 'heading'),
      svgText(16, 46, 'the reference’s layer was fed with the board’s own input to it', 'faint'),
      ...axis.ticks.flatMap(({ value, label }) => [
        svgLine('grid', x(value), top, x(value), top + side),
        svgLine('grid', left, y(value), left + side, y(value)),
        svgText(x(value), top + side + 18, label, 'faint middle'),
        svgText(left - 8, y(value) + 4, label, 'faint end'),
      ]),
      svgLine('equal', x(low), y(low), x(high), y(high)),
      reach === start ? '' : svgLine('gain', x(start), y(gain * start), x(reach), y(gain * reach)),
      ...points
        .filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b))
        .map(([a, b]) => `<circle class="point" cx="${x(a).toFixed(1)}" cy="${y(b).toFixed(1)}" r="2"/>`),
      svgText(left + side / 2, top + side + 40, 'reference', 'faint middle'),
      `<text class="faint middle" transform="translate(20 ${top + side / 2}) rotate(-90)">board</text>`,
      ...facts.map((fact, line) => svgText(left + side + 34, top + 16 + 22 * line, fact)),
      svgLine('equal', left + side + 34, top + 190, left + side + 60, top + 190),
      svgText(left + side + 68, top + 194, 'equal'),
      svgLine('gain', left + side + 34, top + 212, left + side + 60, top + 212),
      svgText(left + side + 68, top + 216, 'best common factor (gain)'),
    ].join('\n'),
  });
}

/** Evenly over the tensor, and always the same ones. */
function samplePoints(reference: Float32Array, board: Float32Array): [number, number][] {
  const step = Math.max(1, board.length / mostPoints);
  const points: [number, number][] = [];
  for (let at = 0; at < board.length; at += step) {
    const index = Math.floor(at);
    points.push([reference[index]!, board[index]!]);
  }
  return points;
}
