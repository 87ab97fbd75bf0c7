import { floatToHalf, halfToFloat, orderedHalf } from '../tensor/half.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import { compareOutputs, type CompareOptions } from './compare.ts';
import type { ElementPair } from './comparison.ts';
import { largestMagnitude, passes } from './inject-faults.ts';
import { listedPairAt } from './listed-output.ts';
import { pairAt } from './metrics.ts';
import { realNumbers } from './real-numbers.ts';

/** How far the largest value of an output can fall before its tolerance notices. */
export interface Sensitivity {
  readonly output: string;
  /** The board's largest value in magnitude, with its golden. */
  readonly at: ElementPair;
  /** Steps of the fp16 grid that it can move toward 0 unseen. */
  readonly unseenSteps: number;
  /** Where it then is. */
  readonly unseenValue: number;
}

/**
 * Finds, for each output of a case that passes, how much of a change of its most important value the tolerance lets
 * through. One fp16 step is expected to pass; the whole way to 0 is not. Costs some thirty comparisons an output: for
 * the linting of specs, not for every case.
 */
export function measureSensitivity(
  golden: NamedTensors,
  board: NamedTensors,
  options: CompareOptions,
): Sensitivity[] {
  const comparison = compareOutputs(golden, board, options);
  if (!comparison.ok) return [];
  return comparison.outputs.map((output) => {
    const values = realNumbers(board.get(output.name)!);
    const goldenValues = realNumbers(golden.get(output.name)!);
    const listed = options.listed?.get(output.name);
    const flat = largestMagnitude(values);
    const place = orderedHalf(floatToHalf(values[flat]!));
    const valueAfter = (steps: number): number =>
      Math.sign(place) * halfToFloat(Math.max(0, Math.abs(place) - steps));
    const isUnseen = (steps: number): boolean => {
      const changed = values.slice();
      changed[flat] = valueAfter(steps);
      return passes(golden, output, changed, options);
    };

    let unseenSteps = 0;
    let seenSteps = Math.abs(place) + 1;
    while (seenSteps - unseenSteps > 1) {
      const steps = Math.floor((unseenSteps + seenSteps) / 2);
      if (isUnseen(steps)) unseenSteps = steps;
      else seenSteps = steps;
    }
    return {
      output: output.name,
      at: listed
        ? listedPairAt(goldenValues, listed, values, output.shape, flat)!
        : pairAt(goldenValues, values, output.shape, flat)!,
      unseenSteps,
      unseenValue: valueAfter(unseenSteps),
    };
  });
}
