import { median } from '../../harness/median.ts';
import { linearAxis } from '../charts/axis.ts';
import { svgBar, svgDocument, svgLine, svgPath, svgText } from '../charts/svg-document.ts';
import { plotStyle, svgTicks } from './plot-style.ts';

const width = 900;
const height = 250;
const left = 70;
const plotWidth = 790;
const top = 56;
const bottom = 200;

/** Share of the cases with an error up to each size, on both stacks: a curve that lies to the right is worse. */
export function distributionPlot(
  title: string,
  unit: string,
  before: readonly number[],
  after: readonly number[],
): string {
  const axis = linearAxis([...before, ...after], plotWidth);
  const y = (share: number) => bottom - share * (bottom - top);
  const curve = (values: readonly number[]): (readonly [number, number])[] => {
    const sorted = [...values].sort((a, b) => a - b);
    const points: [number, number][] = [[left + axis.position(0), y(0)]];
    for (const [i, value] of sorted.entries()) {
      const x = left + axis.position(value);
      points.push([x, y(i / sorted.length)], [x, y((i + 1) / sorted.length)]);
    }
    return [...points, [left + plotWidth, y(1)]];
  };
  const shares = [0, 0.5, 1].map((share) =>
    [
      svgLine('grid', left, y(share), left + plotWidth, y(share)),
      svgText(left - 8, y(share) + 4, `${share * 100} %`, 'faint end'),
    ].join('\n'),
  );
  return svgDocument({
    width,
    height,
    title,
    description: `Medians: old stack ${median(before) ?? 'none'}, new stack ${median(after) ?? 'none'} ${unit}.`,
    body: [
      plotStyle,
      svgText(16, 26, title, 'heading'),
      svgBar('golden', 660, 18, 10, 10),
      svgText(676, 27, 'old stack'),
      svgBar('board', 760, 18, 10, 10),
      svgText(776, 27, 'new stack'),
      ...shares,
      svgTicks(axis.ticks, left, top, bottom, (value) => axis.position(value)),
      svgText(left + plotWidth / 2, height - 12, `error of a case, ${unit}`, 'faint middle'),
      svgPath('was', curve(before)),
      svgPath('mark', curve(after)),
    ].join('\n'),
  });
}
