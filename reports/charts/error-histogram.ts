import { formatNumber } from '../facts/number.ts';
import { linearAxis } from './axis.ts';
import { svgBar, svgDocument, svgLine, svgText } from './svg-document.ts';

export interface ErrorHistogramOptions {
  readonly title: string;
  /** Absolute limit to mark, in the values' own unit. */
  readonly atol?: number | undefined;
}

/** How the errors of an output are spread: counts of board - golden in bins of equal width around 0. */
export interface ErrorSpread {
  readonly counts: readonly number[];
  /** Half the range: bins cover [-reach, reach]. */
  readonly reach: number;
  readonly finite: number;
  /** Elements whose error is NaN or infinite: they are in no bin. */
  readonly nonFinite: number;
  readonly mean: number;
}

const bins = 61;

/** Counts the errors of all elements; two passes, nothing is copied. */
export function spreadOfErrors(golden: ArrayLike<number>, board: ArrayLike<number>): ErrorSpread {
  const { length } = golden;
  const errorAt = (flat: number): number => (board[flat] ?? NaN) - (golden[flat] ?? NaN);
  let reach = 0;
  let sum = 0;
  let finite = 0;
  for (let flat = 0; flat < length; flat++) {
    const error = errorAt(flat);
    if (!Number.isFinite(error)) continue;
    finite++;
    sum += error;
    reach = Math.max(reach, Math.abs(error));
  }
  const counts = Array.from({ length: bins }, () => 0);
  for (let flat = 0; flat < length; flat++) {
    const error = errorAt(flat);
    if (!Number.isFinite(error)) continue;
    const share = reach === 0 ? 0.5 : (error / reach + 1) / 2;
    const bin = Math.min(bins - 1, Math.floor(share * bins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { counts, reach, finite, nonFinite: length - finite, mean: finite === 0 ? NaN : sum / finite };
}

const width = 760;
const height = 300;
const left = 60;
const plotWidth = 670;
const top = 66;
const plotHeight = 180;

/** Draws the spread; heights are logarithmic, so that a single outlier among millions is seen. */
export function errorHistogram(spread: ErrorSpread, { title, atol }: ErrorHistogramOptions): string {
  const { counts, reach, finite, nonFinite, mean } = spread;
  const edge = Math.max(reach, atol ?? 0) || 1;
  const axis = linearAxis([-edge, edge], plotWidth);
  const tallest = Math.log10(1 + Math.max(1, ...counts));
  const binWidth = (2 * reach) / bins;
  const bars = counts.map((count, bin) => {
    if (count === 0) return '';
    const from = left + axis.position(-reach + bin * binWidth);
    const to = left + axis.position(-reach + (bin + 1) * binWidth);
    const tall = (Math.log10(1 + count) / tallest) * plotHeight;
    return svgBar('board', from, top + plotHeight - tall, Math.max(1.5, to - from - 1), tall);
  });
  const limits = atol === undefined ? [] : [-atol, atol].map((limit) => left + axis.position(limit));
  const facts = `${finite} finite errors, mean ${formatNumber(mean)}, largest ${formatNumber(reach)}`;
  const alarm =
    nonFinite > 0
      ? `${nonFinite} ${nonFinite === 1 ? 'element is' : 'elements are'} NaN or infinite and in no bar`
      : '';
  const ticks = axis.ticks.map(({ value, label }) => {
    const x = left + axis.position(value);
    return `${svgLine('grid', x, top, x, top + plotHeight)}\n${svgText(x, top + plotHeight + 18, label, 'faint middle')}`;
  });
  return svgDocument({
    width,
    height,
    title,
    description: [facts, alarm].filter((part) => part !== '').join('; '),
    body: [
      svgText(16, 26, title, 'heading'),
      svgText(16, 46, facts, 'faint'),
      alarm === '' ? '' : svgText(width - 14, 46, alarm, 'bad end'),
      ...ticks,
      ...bars,
      ...limits.map((x) => svgLine('limit', x, top, x, top + plotHeight)),
      svgText(
        left + plotWidth / 2,
        height - 14,
        `board - golden${atol === undefined ? '' : `; dashed: atol ${formatNumber(atol)}`}; heights are log10(1 + count)`,
        'faint middle',
      ),
    ]
      .filter((part) => part !== '')
      .join('\n'),
  });
}
