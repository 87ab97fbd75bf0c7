import { linearAxis } from '../charts/axis.ts';
import { svgBar, svgDocument, svgDot, svgLine, svgText } from '../charts/svg-document.ts';
import { plotStyle, shortened, svgTicks } from './plot-style.ts';

export interface DriftRow {
  readonly label: string;
  readonly before: number;
  readonly after: number;
  readonly told: string;
}

const width = 900;
const left = 260;
const plotWidth = 380;
const rowHeight = 18;
const top = 62;

/** How far each case is from its golden on the old stack and on the new one. */
export function driftPlot(title: string, subtitle: string, rows: readonly DriftRow[]): string {
  const axis = linearAxis(
    rows.flatMap(({ before, after }) => [before, after]),
    plotWidth,
  );
  const bottom = top + rows.length * rowHeight;
  const drawn = rows.map(({ label, before, after, told }, index) => {
    const y = top + (index + 0.5) * rowHeight;
    const [a, b] = [left + axis.position(before), left + axis.position(after)];
    return [
      svgText(left - 10, y + 4, shortened(label, 36), 'end'),
      svgLine(after > before ? 'mark' : 'was', a, y, b, y),
      svgDot('golden', a, y, 3.5),
      svgDot('board', b, y, 3.5),
      svgText(left + plotWidth + 14, y + 4, told, 'faint'),
    ].join('\n');
  });
  return svgDocument({
    width,
    height: bottom + 34,
    title,
    description: rows.map(({ label, told }) => `${label}: ${told}`).join('; '),
    body: [
      plotStyle,
      svgText(16, 26, title, 'heading'),
      svgText(16, 46, subtitle, 'faint'),
      svgBar('golden', left + plotWidth + 14, 18, 10, 10),
      svgText(left + plotWidth + 30, 27, 'old stack'),
      svgBar('board', left + plotWidth + 114, 18, 10, 10),
      svgText(left + plotWidth + 130, 27, 'new stack'),
      svgTicks(axis.ticks, left, top - 6, bottom, (value) => axis.position(value)),
      ...drawn,
    ].join('\n'),
  });
}
