import { formatNumber } from '../facts/number.ts';
import { type Axis, linearAxis, logAxis } from './axis.ts';
import { svgBar, svgDocument, svgLine, svgText } from './svg-document.ts';
import type { ClassPair } from './top-classes.ts';

export interface BarChartOptions {
  readonly title: string;
  /** Powers of ten instead of a linear axis: shows classes far below the first. Positive values only. */
  readonly logScale?: boolean | undefined;
}

const width = 760;
const left = 170;
const plotWidth = 400;
const valueWidth = 78;
const rowHeight = 36;
const top = 74;

/** Golden against board for each class, side by side, with both values and their difference. */
export function barChart(
  classes: readonly ClassPair[],
  { title, logScale = false }: BarChartOptions,
): string {
  const values = classes.flatMap(({ golden, board }) => [golden ?? 0, board ?? 0]);
  const axis = (logScale ? logAxis : linearAxis)(values, plotWidth);
  const bottom = top + classes.length * rowHeight;
  const rows = classes.map((pair, row) => drawRow(pair, top + row * rowHeight, axis));
  return svgDocument({
    width,
    height: bottom + 34,
    title,
    description: classes.map(describe).join('; '),
    body: [drawHeading(title, logScale), drawGrid(axis, bottom), ...rows].join('\n'),
  });
}

function drawHeading(title: string, logScale: boolean): string {
  const right = left + plotWidth;
  return [
    svgText(16, 26, shorten(title, 90), 'heading'),
    svgBar('golden', left, 43, 10, 10),
    svgText(left + 15, 52, 'golden'),
    svgBar('board', left + 70, 43, 10, 10),
    svgText(left + 85, 52, 'board'),
    ...(logScale ? [svgText(left + 140, 52, 'logarithmic scale', 'faint')] : []),
    svgText(right + valueWidth, 52, 'value', 'faint end'),
    svgText(width - 14, 52, 'board - golden', 'faint end'),
  ].join('\n');
}

function drawGrid(axis: Axis, bottom: number): string {
  return axis.ticks
    .map(({ value, label }) => {
      const x = left + axis.position(value);
      return `${svgLine('grid', x, top - 8, x, bottom)}\n${svgText(x, bottom + 18, label, 'faint middle')}`;
    })
    .join('\n');
}

function drawRow({ label, golden, board }: ClassPair, y: number, axis: Axis): string {
  const differs = golden !== undefined && board !== undefined;
  return [
    svgText(left - 10, y + 17, shorten(label, 24), 'end'),
    drawValue('golden', golden, y, axis),
    drawValue('board', board, y + 13, axis),
    differs ? svgText(width - 14, y + 17, signed(board - golden), toneOf(board - golden)) : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function drawValue(side: 'golden' | 'board', value: number | undefined, y: number, axis: Axis): string {
  const textX = left + plotWidth + valueWidth;
  if (value === undefined) return svgText(textX, y + 10, shown(value), 'faint end');
  if (!Number.isFinite(value)) {
    return svgText(textX, y + 10, shown(value), 'bad end');
  }
  const end = axis.position(value);
  const start = Math.min(axis.origin, end);
  // A value that is not 0 leaves a trace, however small it is.
  const length = Math.max(value === 0 ? 0 : 1, Math.abs(end - axis.origin));
  return `${svgBar(side, left + start, y, length, 11)}\n${svgText(textX, y + 10, shown(value), 'end')}`;
}

const toneOf = (difference: number): string => (Number.isFinite(difference) ? 'end' : 'bad end');

const signed = (value: number): string =>
  (value > 0 ? `+${formatNumber(value)}` : formatNumber(value)).replace('++', '+');

const shorten = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

const describe = ({ label, golden, board }: ClassPair): string =>
  `${label}: golden ${shown(golden)}, board ${shown(board)}`;

const shown = (value: number | undefined): string =>
  value === undefined ? 'not known' : formatNumber(value);
