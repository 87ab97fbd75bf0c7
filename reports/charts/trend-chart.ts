import { formatNumber, formatShare } from '../facts/number.ts';
import { type Axis, linearAxis, logAxis, type Tick } from './axis.ts';
import { svgDocument, svgDot, svgLine, svgPath, svgText } from './svg-document.ts';

/** One result of a case over time. */
export interface TrendPoint {
  /** ISO 8601: when the run started. Points of one run share it. */
  readonly at: string;
  /** What the point belongs to: SDK, and format where a case has had several. */
  readonly series: string;
  readonly outcome: 'passed' | 'failed' | 'broken';
  /** Share of the tolerance, 1 = at the limit. Undefined where nothing was compared; NaN and infinity beyond any limit. */
  readonly used?: number | undefined;
  /** Worst |error|, in the output's unit. */
  readonly maxAbsError?: number | undefined;
}

export interface TrendChartOptions {
  readonly title: string;
}

const width = 760;
const left = 64;
const plotWidth = 540;
const labelX = left + plotWidth + 14;
const panelHeight = 128;
const top = 76;
const gap = 58;
const markHeight = 22;
const lineHeight = 14;

// Lines that lie on each other are both seen, and are told apart without colours.
const dashes = ['none', '9 5', '3 4', '12 4 3 4', '1 5'];

const style = `<style>
.hil-chart{--s0:#3b6fb6;--s1:#b35a12;--s2:#1b7f5c;--s3:#8250b5;--s4:#7a6a00}
@media (prefers-color-scheme:dark){.hil-chart{--s0:#79aee8;--s1:#f0a060;--s2:#5fc79f;--s3:#c0a0ea;--s4:#d3c35a}}
.hil-chart path{fill:none;stroke-width:2;stroke-linejoin:round}.hil-chart .cross{stroke:var(--bad);stroke-width:2.5}
.hil-chart .hollow{fill:var(--card);stroke:var(--faint);stroke-width:1.5}
${dashes.map((dash, index) => `.hil-chart path.s${index}{stroke:var(--s${index});stroke-dasharray:${dash}}.hil-chart circle.s${index},.hil-chart text.s${index}{fill:var(--s${index})}`).join('\n')}
</style>`;

/** One of the two pictures: which figure is drawn, on what axis, with which limit. */
interface Panel {
  readonly title: string;
  readonly axis: Axis;
  readonly limit?: { readonly value: number; readonly text: string } | undefined;
  readonly figure: (point: TrendPoint) => number | undefined;
  readonly format: (value: number) => string;
}

/**
 * How a case moved over its last runs: share of the tolerance above, worst |error| below, one line for each SDK stack.
 * A failure is a red cross, also where it has no figure; a result without one (broken) is a ring at the foot. Runs
 * stand at equal distances, whatever time lies between them.
 *
 * @param points - Oldest first.
 * @returns An SVG file; undefined where no run has measured anything.
 */
export function trendChart(points: readonly TrendPoint[], { title }: TrendChartOptions): string | undefined {
  if (!points.some(({ maxAbsError }) => maxAbsError !== undefined)) return undefined;
  const runs = [...new Set(points.map(({ at }) => at))].sort();
  const series = [...new Set(points.map((point) => point.series))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const panels = panelsOf(points);
  const body = panels.flatMap((panel, index) =>
    drawPanel(panel, top + index * (panelHeight + gap), points, runs, series),
  );
  const bottom = top + panels.length * (panelHeight + gap);
  return svgDocument({
    width,
    height: bottom - 6,
    title,
    description: series.map((name) => describe(name, points)).join('; '),
    body: [style, svgText(16, 26, title, 'heading'), drawKey(points), ...body].join('\n'),
  });
}

function panelsOf(points: readonly TrendPoint[]): Panel[] {
  const known = (figure: (point: TrendPoint) => number | undefined): number[] =>
    points.map(figure).filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  const shares = known(({ used }) => used);
  const errors = known(({ maxAbsError }) => maxAbsError);
  // Far above its limit, how far no longer matters, and what is below it shall be seen.
  const share = linearAxis([1.05, ...shares.map((used) => Math.min(used, 2))], panelHeight);
  const positive = errors.filter((error) => error > 0);
  const spansDecades = Math.max(...positive) > 100 * Math.min(...positive);
  return [
    {
      title: 'share of the tolerance in use',
      axis: { ...share, ticks: share.ticks.map(percent) },
      limit: { value: 1, text: 'limit' },
      figure: ({ used }) => used,
      format: formatShare,
    },
    {
      title: `worst |error|${spansDecades ? ', logarithmic' : ''}`,
      axis: (spansDecades ? logAxis : linearAxis)(errors, panelHeight),
      figure: ({ maxAbsError }) => maxAbsError,
      format: (value) => formatNumber(value, 3),
    },
  ];
}

const percent = ({ value }: Tick): Tick => ({ value, label: `${Math.round(value * 100)} %` });

function drawPanel(
  panel: Panel,
  y: number,
  points: readonly TrendPoint[],
  runs: readonly string[],
  series: readonly string[],
): string[] {
  const foot = y + panelHeight;
  const xOf = (at: string): number =>
    left + (runs.length === 1 ? 0.5 : runs.indexOf(at) / (runs.length - 1)) * plotWidth;
  const yOf = (value: number): number => foot - panel.axis.position(Number.isNaN(value) ? Infinity : value);
  const grid = panel.axis.ticks.map(({ value, label }) => {
    const line = foot - panel.axis.position(value);
    return `${svgLine('grid', left - 8, line, left + plotWidth + 8, line)}\n${svgText(left - 14, line + 4, label, 'faint end')}`;
  });
  const limit =
    panel.limit === undefined
      ? []
      : [svgLine('limit', left - 8, yOf(panel.limit.value), left + plotWidth + 8, yOf(panel.limit.value))];
  const lines = series.map((name, index) => {
    const own = points.filter((point) => point.series === name);
    const measured = own.flatMap((point) => {
      const value = panel.figure(point);
      return value === undefined ? [] : [{ point, x: xOf(point.at), y: yOf(value) }];
    });
    const marks = measured.map(({ point, x, y: height }) =>
      point.outcome === 'failed' ? svgCross(x, height) : svgDot(colour(index), x, height, 3),
    );
    const unmeasured = own
      .filter((point) => panel.figure(point) === undefined)
      .map(({ at, outcome }) =>
        outcome === 'failed' ? svgCross(xOf(at), y) : svgDot('hollow', xOf(at), foot, 4),
      );
    const beyond = measured.findLast(({ point }) => isBeyond(panel.figure(point), panel.axis));
    return [
      svgPath(
        colour(index),
        measured.map(({ x, y: height }) => [x, height] as const),
      ),
      ...marks,
      ...unmeasured,
      ...(beyond ? [valueBeside(beyond, panel)] : []),
    ].join('\n');
  });
  return [
    svgText(left - 8, y - 10, panel.title, 'faint'),
    ...grid,
    ...limit,
    ...lines,
    ...drawLabels(panel, y, points, series, yOf),
    ...drawDates(runs, foot, xOf),
  ];
}

/** What lies outside an axis is drawn at its end, so that its value must be said. */
const isBeyond = (value = 0, { ticks }: Axis): boolean => !(value <= ticks.at(-1)!.value);

function valueBeside(
  { point, x, y }: { readonly point: TrendPoint; readonly x: number; readonly y: number },
  { figure, format }: Panel,
): string {
  const text = format(figure(point) ?? NaN);
  return x < left + plotWidth / 2
    ? svgText(x + 9, y + 4, text, 'bad')
    : svgText(x - 9, y + 4, text, 'bad end');
}

/** Names of the lines with their newest figures, at their right ends; pushed apart where lines end close together. */
function drawLabels(
  { figure, format, limit }: Panel,
  y: number,
  points: readonly TrendPoint[],
  series: readonly string[],
  yOf: (value: number) => number,
): string[] {
  const labels = series.flatMap((name, index) => {
    const last = points.findLast((point) => point.series === name && figure(point) !== undefined);
    const value = last && figure(last);
    return value === undefined
      ? []
      : [{ y: yOf(value), text: `${name}: ${format(value)}`, className: colour(index) }];
  });
  if (limit) labels.push({ y: yOf(limit.value), text: limit.text, className: 'bad' });
  labels.sort((a, b) => a.y - b.y);
  let lowest = y - lineHeight;
  // First down, so that none covers the one above; then up again, where the last ones left the panel.
  for (const label of labels) lowest = label.y = Math.max(label.y, lowest + lineHeight);
  let highest = y + panelHeight + lineHeight;
  for (const label of labels.toReversed()) highest = label.y = Math.min(label.y, highest - lineHeight);
  return labels.map((label) => svgText(labelX, label.y + 4, label.text, label.className));
}

/** Dates below the first and the last run, and in between where there is room. */
function drawDates(runs: readonly string[], foot: number, xOf: (at: string) => number): string[] {
  const last = runs.length - 1;
  const shown = new Set([0, ...(last >= 4 ? [Math.round(last / 2)] : []), last]);
  return [...shown].map((index) => {
    const at = runs[index]!;
    return svgText(xOf(at), foot + markHeight, `${at.slice(0, 10)} ${at.slice(11, 16)}`, 'faint middle');
  });
}

/** What the marks mean, for those that are there. */
function drawKey(points: readonly TrendPoint[]): string {
  const some = (outcome: TrendPoint['outcome']): boolean => points.some((point) => point.outcome === outcome);
  const parts: string[] = [];
  let x = left - 4;
  if (some('failed')) {
    parts.push(svgCross(x, 44), svgText(x + 10, 48, 'failed', 'faint'));
    x += 70;
  }
  if (some('broken'))
    parts.push(svgDot('hollow', x, 44, 4), svgText(x + 10, 48, 'nothing was measured', 'faint'));
  return parts.join('\n');
}

const svgCross = (x: number, y: number): string =>
  `${svgLine('cross', x - 4, y - 4, x + 4, y + 4)}${svgLine('cross', x - 4, y + 4, x + 4, y - 4)}`;

/** Looks repeat after the fifth line; labels tell those apart. */
const colour = (index: number): string => `s${index % dashes.length}`;

function describe(name: string, points: readonly TrendPoint[]): string {
  const own = points.filter(({ series }) => series === name);
  const count = (outcome: TrendPoint['outcome']): number =>
    own.filter((point) => point.outcome === outcome).length;
  const measured = own.filter(({ maxAbsError }) => maxAbsError !== undefined);
  const [first, last] = [measured[0], measured.at(-1)];
  const figures = (point: TrendPoint): string =>
    `${point.used === undefined ? '-' : formatShare(point.used)} of the tolerance, worst |error| ${formatNumber(point.maxAbsError ?? NaN, 3)}`;
  const moved = first && last ? `: first ${figures(first)}; last ${figures(last)}` : '';
  return `${name}, ${own.length} runs, ${count('failed')} failed, ${count('broken')} broken${moved}`;
}
