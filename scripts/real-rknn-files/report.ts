import { bestClasses } from '../../harness/compare/best-classes.ts';
import { distributionDistance } from '../../harness/compare/distributions.ts';
import { rowsOf } from '../../harness/compare/rows.ts';
import type { Measured } from './measure.ts';

type Scores = Float32Array;

const best = (scores: Scores, count: number): number[] => bestClasses(scores, 0, scores.length, count);
const shared = (a: Scores, b: Scores): number =>
  best(a, 5).filter((index) => best(b, 5).includes(index)).length;
const largestChange = (a: Scores, b: Scores): number =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
const divergence = (a: Scores, b: Scores): number => distributionDistance(a, b, rowsOf([1, a.length])).kl;

/** One row for each picture. */
export function pictureTable(measured: readonly Measured[]): string {
  const rows = measured.map(({ picture, original, kept, converted, clipped }) => {
    const told = (scores: Scores) => {
      const [index] = best(scores, 1) as [number];
      return `${index} ${scores[index]!.toFixed(3)}`;
    };
    return [
      picture,
      told(original),
      told(kept),
      told(converted),
      `${shared(original, converted)}/5`,
      largestChange(original, converted).toFixed(3),
      divergence(original, converted).toFixed(3),
      String(clipped),
    ];
  });
  return table(
    ['picture', 'float', 'decoded weights', 'converted', 'top-5 shared', 'largest change', 'KL', 'clipped'],
    rows,
  );
}

/** Agreement over groups of pictures, for each step of the way from the float network to the file. */
export function summaryTable(measured: readonly Measured[]): string {
  const groups: readonly (readonly [string, readonly Measured[]])[] = [
    ['all', measured],
    ['no score clipped', measured.filter(({ clipped }) => clipped === 0)],
    ['some scores clipped', measured.filter(({ clipped }) => clipped > 0)],
  ];
  const steps: readonly (readonly [string, (m: Measured) => Scores, (m: Measured) => Scores])[] = [
    ['float → decoded weights', ({ original }) => original, ({ kept }) => kept],
    ['decoded weights → converted', ({ kept }) => kept, ({ converted }) => converted],
    ['float → converted', ({ original }) => original, ({ converted }) => converted],
    ['float → converted, nothing fused', ({ original }) => original, ({ unfused }) => unfused],
  ];
  const rows = groups.flatMap(([group, members]) =>
    steps.map(([step, from, to]) => {
      const pairs = members.map((each) => [from(each), to(each)] as const);
      const same = pairs.filter(([a, b]) => best(a, 1)[0] === best(b, 1)[0]).length;
      const changes = pairs.map(([a, b]) => largestChange(a, b));
      return [
        `${group} (${members.length})`,
        step,
        `${same}/${members.length}`,
        mean(pairs.map(([a, b]) => shared(a, b))).toFixed(2),
        median(changes).toFixed(3),
        Math.max(...changes).toFixed(3),
        median(pairs.map(([a, b]) => divergence(a, b))).toFixed(3),
      ];
    }),
  );
  return table(
    ['pictures', 'step', 'top-1 same', 'top-5 shared', 'median change', 'worst change', 'median KL'],
    rows,
  );
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
