import type { UnseenFault } from '../store/record.ts';
import { type NamedTensors, tensor } from '../tensor/tensor.ts';
import { compareOutputs, type CompareOptions } from './compare.ts';
import type { OutputComparison } from './comparison.ts';
import { bestClasses } from './best-classes.ts';
import { type RealNumbers, realNumbers } from './real-numbers.ts';
import { rowsOf } from './rows.ts';
import { outputFaults } from './structure.ts';

/** A mistake made on purpose in a copy of a board's output. */
interface Injection {
  readonly fault: string;
  /** The mistake, as what a tolerance sees or does not see. */
  readonly described: string;
  /** Moves values to other places, which a list of some values does not have. */
  readonly needsWhole?: true;
  /** Changes the copy in place; may leave it as it is where the mistake cannot be made. */
  readonly inject: (values: RealNumbers, output: OutputComparison, previous: RealNumbers | undefined) => void;
}

const injections: readonly Injection[] = [
  {
    fault: 'top-two-swapped',
    described: 'a top-1 flip',
    inject(values, { shape, ranking }) {
      if (ranking === undefined) return;
      const { length } = rowsOf(shape);
      const start = ranking.row * length;
      const [first = 0, second = 0] = bestClasses(values, start, length, 2);
      const best = values[start + first]!;
      values[start + first] = values[start + second]!;
      values[start + second] = best;
    },
  },
  {
    fault: 'scaled',
    described: 'all values times 1.5',
    inject(values) {
      for (let i = 0; i < values.length; i++) values[i]! *= 1.5;
    },
  },
  {
    fault: 'sign-flipped',
    described: 'the sign of the largest value flipped',
    inject(values) {
      const at = largestMagnitude(values);
      values[at] = -values[at]!;
    },
  },
  {
    fault: 'nan',
    described: 'a NaN',
    inject(values) {
      values[largestMagnitude(values)] = NaN;
    },
  },
  {
    fault: 'shifted',
    described: 'everything shifted by one element',
    needsWhole: true,
    inject(values) {
      const last = values.at(-1)!;
      values.copyWithin(1, 0);
      values[0] = last;
    },
  },
  {
    fault: 'previous-output',
    described: 'the output of the previous input',
    needsWhole: true,
    inject(values, _, previous) {
      if (previous?.length === values.length) values.set(previous);
    },
  },
];

/**
 * Tests the tolerance on the case's own outputs: makes well-known mistakes in copies of them, one at a time, and names those
 * that would have passed. A mistake that changes nothing in these data is not counted, and nothing is tested where the
 * outputs as they are do not pass.
 *
 * @param previousBoard - The board's outputs for another input of the same network, if there was one.
 * @param options - As for {@link compareOutputs}.
 */
export function findUnseenFaults(
  golden: NamedTensors,
  board: NamedTensors,
  previousBoard: NamedTensors | undefined,
  options: CompareOptions,
): UnseenFault[] {
  const comparison = compareOutputs(golden, board, options);
  if (!comparison.ok) return [];
  return comparison.outputs.flatMap((output) => {
    const { name } = output;
    const values = realNumbers(board.get(name)!);
    const previous = previousBoard?.get(name);
    const previousValues = previous && realNumbers(previous);
    const without = new Map([...board].filter(([other]) => other !== name));

    // A list of some values is one row of its own.
    const seen = output.given === undefined ? output : { ...output, shape: [values.length] };
    const unseen = injections.filter(({ inject, needsWhole }) => {
      if (needsWhole && output.given !== undefined) return false;
      const changed = values.slice();
      inject(changed, seen, previousValues);
      return !sameValues(changed, values) && passes(golden, output, changed, options);
    });
    const unseenLoss =
      outputFaults(golden, without).length === 0
        ? [{ fault: 'output-missing', described: 'a missing output' }]
        : [];
    return [...unseen, ...unseenLoss].map(({ fault, described }) => ({
      fault,
      output: name,
      message: `${toleranceAsSubject(name, options)} not see ${described}`,
    }));
  });
}

/** Whether one output still passes with other values. */
export function passes(
  golden: NamedTensors,
  { name, shape: wholeShape, given, kind }: OutputComparison,
  values: RealNumbers,
  { limits, outputLimits, listed }: CompareOptions,
): boolean {
  const shape = given === undefined ? wholeShape : [values.length];
  const changed =
    values instanceof Float32Array ? tensor('float32', shape, values) : tensor('float64', shape, values);
  return compareOutputs(new Map([[name, golden.get(name)!]]), new Map([[name, changed]]), {
    outputLimits: new Map([[name, { limits: outputLimits?.get(name)?.limits ?? limits, kind }]]),
    listed,
  }).ok;
}

/** -0 and 0 are the same value: turning one into the other is no mistake. */
function sameValues(a: RealNumbers, b: RealNumbers): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function largestMagnitude(values: RealNumbers): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]!) > Math.abs(values[at]!)) at = i;
  return at;
}

/** The tolerance in the spec's own words: `atol 0.01 does`, `preset u8 does`, `minCosine 0.99 and topK 1 do`. */
function toleranceAsSubject(name: string, { limits, outputLimits }: CompareOptions): string {
  const declared = Object.entries(outputLimits?.get(name)?.limits ?? limits ?? {}).map(
    ([key, value]) => `${key} ${value}`,
  );
  const last = declared.at(-1) ?? 'the tolerance';
  return declared.length > 1 ? `${declared.slice(0, -1).join(', ')} and ${last} do` : `${last} does`;
}
