import { bestClasses } from '../compare/best-classes.ts';
import type { Comparison, OutputComparison } from '../compare/comparison.ts';
import { type RealNumbers, realNumbers } from '../compare/real-numbers.ts';
import { rowsOf } from '../compare/rows.ts';
import { largestShareUsed } from '../compare/share-used.ts';
import { minNormalHalf } from '../tensor/half.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { DistanceUnit, ShownValue } from './explanation.ts';

/** The output that says most about a case, and how answers are held against each other there. */
export interface Yardstick {
  readonly output: string;
  readonly unit: DistanceUnit;
  /** Between two answers of the network; NaN if one lacks the output, has another shape, or a value that is no number. */
  distance(a: NamedTensors, b: NamedTensors): number;
  /** A few values of an answer, for people; none where no few could stand for the distance. */
  shown(answer: NamedTensors): readonly ShownValue[];
}

/** Best classes of either side that take part. */
const classesPerSide = 5;
/** Classes that are shown to people. */
const mostShown = 4;
/** Rows that are measured, at most; of more, some evenly spread. */
const mostRows = 100_000;

/**
 * Chooses the output that uses most of its limits, and the measure that fits it. For classes: the largest change of the
 * log-odds of a pair among the best classes of both sides, in nats, RMS over the rows; for two classes that is the change
 * of the margin. One row of many would not do: the wrong input may come near it by chance. For everything else: RMS error
 * over the golden's RMS.
 *
 * @returns undefined where there is no output whose numbers can be compared.
 */
export function yardstickFor(
  comparison: Comparison,
  golden: NamedTensors,
  board: NamedTensors,
): Yardstick | undefined {
  const usable = comparison.outputs.filter(
    ({ name, given, metrics }) =>
      given === undefined &&
      metrics.goldenNonFinite + metrics.boardNonFinite === 0 &&
      golden.get(name)?.data.length === board.get(name)?.data.length,
  );
  // An output with classes says more than one of features that is as far off.
  const [worst] = usable.toSorted(
    (a, b) =>
      Number(b.ranking !== undefined) - Number(a.ranking !== undefined) ||
      largestShareUsed(b) - largestShareUsed(a),
  );
  if (worst === undefined) return undefined;
  return worst.ranking ? classYardstick(worst, golden, board) : valueYardstick(worst, golden);
}

function classYardstick(
  { name, kind, shape }: OutputComparison,
  golden: NamedTensors,
  board: NamedTensors,
): Yardstick {
  const { length, count } = rowsOf(shape);
  const sides = [golden, board].map((side) => realNumbers(side.get(name)!));
  const step = Math.max(1, Math.ceil(count / mostRows));
  const rows = Array.from({ length: Math.ceil(count / step) }, (_, place) => {
    const start = place * step * length;
    const best = sides.map((values) => bestClasses(values, start, length, Math.min(classesPerSide, length)));
    return { start, best, classes: [...new Set(best.flat())] };
  });
  const shown = count === 1 ? shownClasses(rows[0]!.best, length) : [];
  const score = (value: number) => (kind === 'logits' ? value : Math.log(Math.max(value, minNormalHalf)));
  return {
    output: name,
    unit: count === 1 ? 'nats' : 'nats-over-rows',
    distance(a, b) {
      const [first, second] = [valuesOf(a, name, shape), valuesOf(b, name, shape)];
      if (!first || !second) return NaN;
      let squares = 0;
      for (const { start, classes } of rows) {
        const changes = classes.map((index) => score(first[start + index]!) - score(second[start + index]!));
        squares += (Math.max(...changes) - Math.min(...changes)) ** 2;
      }
      return Math.sqrt(squares / rows.length);
    },
    shown(answer) {
      const values = valuesOf(answer, name, shape);
      return values ? shown.map((index) => ({ index, value: values[index]! })) : [];
    },
  };
}

const shownClasses = (best: readonly (readonly number[])[], length: number): number[] =>
  (length <= mostShown
    ? [...Array(length).keys()]
    : [...new Set(best.flatMap((side) => side.slice(0, 2)))]
  ).slice(0, mostShown);

function valueYardstick({ name, shape }: OutputComparison, golden: NamedTensors): Yardstick {
  const power = sumOfSquares(realNumbers(golden.get(name)!));
  return {
    output: name,
    unit: 'relative',
    distance(a, b) {
      const [first, second] = [valuesOf(a, name, shape), valuesOf(b, name, shape)];
      if (!first || !second) return NaN;
      let sum = 0;
      for (let i = 0; i < first.length; i++) sum += (first[i]! - second[i]!) ** 2;
      return Math.sqrt(sum / power);
    },
    shown: () => [],
  };
}

function valuesOf(answer: NamedTensors, name: string, shape: readonly number[]): RealNumbers | undefined {
  const found = answer.get(name);
  if (found === undefined) return undefined;
  const values = realNumbers(found);
  return values.length === shape.reduce((product, extent) => product * extent, 1) ? values : undefined;
}

function sumOfSquares(values: RealNumbers): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
