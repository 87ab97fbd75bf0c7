import type { LayerAnalysis, LayerError, LayerRow } from '../../harness/layers/layer-analysis.ts';
import { logAxis } from '../charts/axis.ts';
import { svgBar, svgDocument, svgLine, svgPath, svgText } from '../charts/svg-document.ts';
import { escapeMarkup } from '../facts/escape-markup.ts';
import { formatNumber } from '../facts/number.ts';
import { layerStyle } from './layer-style.ts';

const width = 760;
const height = 360;
const left = 62;
const plotWidth = 676;
const top = 92;
const plotHeight = 206;
const bottom = top + plotHeight;

type Series = (row: LayerRow) => LayerError | undefined;

/** Error of every layer over the depth of the network: with all layers before it, alone, and what the format explains. */
export function depthPlot({ rows, suspect, format }: LayerAnalysis, title: string): string {
  const series: readonly { readonly look: string; readonly name: string; readonly error: Series }[] = [
    { look: 'all', name: 'with all layers before', error: ({ cumulative }) => cumulative },
    { look: 'own', name: 'alone', error: ({ isolated }) => isolated },
    {
      look: 'all explained',
      name: `with all, ${format} alone`,
      error: ({ expected }) => expected?.cumulative,
    },
    { look: 'own explained', name: `alone, ${format} alone`, error: ({ expected }) => expected?.isolated },
  ];
  const axis = logAxis(
    rows.flatMap((row) => series.map(({ error }) => error(row)?.relative ?? NaN)),
    plotHeight,
  );
  const x = (index: number) => left + ((index + 0.5) / Math.max(1, rows.length)) * plotWidth;
  const y = (value: number) => bottom - axis.position(Number.isFinite(value) ? value : 1);
  const lines = series.flatMap(({ look, error }) => {
    const points = rows.flatMap((row): [number, number][] => {
      const found = error(row);
      return found ? [[x(row.index), y(found.relative)]] : [];
    });
    return points.length > 0 ? [svgPath(look, points)] : [];
  });
  const dots = rows.flatMap((row) =>
    series.slice(0, 2).map(({ look, name, error }) => {
      const { relative } = error(row)!;
      const told = `${row.index + 1}. ${row.value}, ${name}: ${formatNumber(relative, 3)}`;
      return `<circle class="${look}" cx="${x(row.index).toFixed(1)}" cy="${y(relative).toFixed(1)}" r="2.6"><title>${escapeMarkup(told)}</title></circle>`;
    }),
  );
  const wrong = suspect && rows[suspect.row];
  return svgDocument({
    width,
    height,
    title,
    description: `${rows.length} layers; ${wrong ? `the first that is itself wrong is ${wrong.value}` : 'none is wrong by itself'}`,
    body: [
      layerStyle,
      svgText(16, 26, title, 'heading'),
      svgText(16, 46, 'RMS error over the reference’s RMS, by order of execution', 'faint'),
      ...series.map(({ look, name }, place) => legend(16 + place * 184, 68, look, name)),
      ...(wrong ? markOf(wrong, x, plotWidth / rows.length) : []),
      ...axis.ticks.flatMap(({ value, label }) => [
        svgLine('grid', left, y(value), left + plotWidth, y(value)),
        svgText(left - 8, y(value) + 4, label, 'faint end'),
      ]),
      ...tickPlaces(rows.length).map((place) =>
        svgText(x(place - 1), bottom + 18, `${place}`, 'faint middle'),
      ),
      ...lines,
      ...dots,
      svgText(left + plotWidth / 2, bottom + 40, 'layer', 'faint middle'),
    ].join('\n'),
  });
}

function markOf(row: LayerRow, x: (index: number) => number, step: number): string[] {
  const at = x(row.index);
  const rightHalf = at > left + plotWidth / 2;
  return [
    svgBar('suspect', at - Math.max(3, step / 2), top, Math.max(6, step), plotHeight),
    svgText(
      rightHalf ? at - 8 : at + 8,
      top + 14,
      `${row.index + 1}. ${row.value}`,
      rightHalf ? 'bad end' : 'bad',
    ),
  ];
}

const legend = (x: number, y: number, look: string, name: string): string =>
  [
    svgPath(look, [
      [x, y],
      [x + 22, y],
    ]),
    svgText(x + 28, y + 4, name),
  ].join('\n');

/** About a dozen round places, counted from 1. */
function tickPlaces(count: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100].find((each) => count / each <= 13) ?? 200;
  const places = Array.from({ length: Math.floor(count / step) }, (_, i) => (i + 1) * step);
  return places[0] === 1 || count === 0 ? places : [1, ...places];
}
