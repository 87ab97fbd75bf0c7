import { linearAxis } from '../charts/axis.ts';
import { svgBar, svgDocument, svgDot, svgLine, svgText } from '../charts/svg-document.ts';
import { plotStyle, shortened, svgTicks } from './plot-style.ts';

export interface IntervalRow {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Half-width of the band in which nothing matters. */
  readonly margin: number;
  readonly alarm: boolean;
  /** The numbers, as text. */
  readonly told: string;
}

const width = 900;
const left = 210;
const plotWidth = 400;
const rowHeight = 24;
const top = 60;

/** Estimates with their intervals, one below the other: what crosses 0 may be chance, what stays in the grey is small. */
export function intervalPlot(title: string, rows: readonly IntervalRow[]): string {
  const axis = linearAxis(
    rows.flatMap(({ low, high, margin }) => [low, high, margin * 1.2, -margin * 1.2]),
    plotWidth,
  );
  const bottom = top + rows.length * rowHeight;
  const drawn = rows.map(({ label, value, low, high, margin, alarm, told }, index) => {
    const y = top + (index + 0.5) * rowHeight;
    const x = (at: number) => left + axis.position(at);
    const mark = alarm ? 'bad-mark' : 'mark';
    return [
      svgBar('band', x(-margin), y - rowHeight / 2 + 2, x(margin) - x(-margin), rowHeight - 4),
      svgText(left - 10, y + 4, shortened(label, 30), 'end'),
      svgLine(mark, x(low), y, x(high), y),
      svgDot(alarm ? 'bad' : 'board', x(value), y, 4),
      svgText(left + plotWidth + 14, y + 4, told, alarm ? 'bad' : ''),
    ].join('\n');
  });
  const zero = left + axis.origin;
  return svgDocument({
    width,
    height: bottom + 34,
    title,
    description: rows.map(({ label, told }) => `${label}: ${told}`).join('; '),
    body: [
      plotStyle,
      svgText(16, 26, title, 'heading'),
      svgText(
        16,
        44,
        'point and interval; grey: the margin below which nothing matters; red: found',
        'faint',
      ),
      svgTicks(axis.ticks, left, top, bottom, (value) => axis.position(value)),
      ...drawn,
      svgLine('zero', zero, top, zero, bottom),
    ].join('\n'),
  });
}
