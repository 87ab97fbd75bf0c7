import { HilError } from '../hil-error.ts';
import type { DType } from '../tensor/dtype.ts';
import { formatShape, type NamedTensors, type Tensor } from '../tensor/tensor.ts';
import type { GoldenManifest } from './golden.ts';
import { formatPlace, indexOfLargest, realValues } from './real-values.ts';

/**
 * How far two executions of a network may be apart, as a share of an output's largest magnitude. With and without
 * graph optimisations the same sums are added up in another order; in float32 (relative rounding 6e-8) that moved the
 * outputs of eight published networks by at most 1.8e-6 of their largest value. 1e-5 leaves room for deeper ones and is
 * still a hundredth of what float16 rounding on a board does.
 */
export const defaultSealBound = 1e-5;

export type Seal = GoldenManifest['seal'];

/** The two executions of a network disagree, or give no numbers: there is nothing to hold a board against. */
export class UnsealableReferenceError extends HilError {
  readonly code = 'HIL_REFERENCE_UNSEALED';
  readonly owner = 'spec';

  constructor(origin: string, output: string, problem: string, hint: string) {
    super(`${origin}: no golden can be made, output ${output} ${problem}`, { hint });
  }
}

/**
 * Holds the outputs of an execution without graph optimisations against those of one with them. Nothing is averaged:
 * who seals keeps one of them as it is.
 *
 * An output of float16 or integers may differ by one step of its type at its largest magnitude, since the smallest
 * disagreement before the last rounding can turn into a step. Whatever the bound, both executions must name the same
 * largest element, unless it leads by less than two executions may differ by default.
 *
 * @param bound - Share of each output's largest magnitude.
 * @throws {UnsealableReferenceError} If an element is not finite or too far from its counterpart.
 */
export function seal(
  origin: string,
  unoptimised: NamedTensors,
  optimised: NamedTensors,
  bound: number = defaultSealBound,
): Seal {
  let maxAbsDifference = 0;
  for (const [name, first] of unoptimised) {
    const second = optimised.get(name)!;
    refuseNonFinite(origin, name, first, 'without');
    refuseNonFinite(origin, name, second, 'with');
    maxAbsDifference = Math.max(maxAbsDifference, sealOutput(origin, name, first, second, bound));
  }
  return { bound, maxAbsDifference };
}

function refuseNonFinite(origin: string, name: string, output: Tensor, optimisations: 'with' | 'without'): void {
  const values = realValues(output);
  let count = 0;
  let first = -1;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    if (first < 0) first = i;
    count++;
  }
  if (count === 0) return;
  throw new UnsealableReferenceError(
    origin,
    name,
    `(${formatShape(output.shape)}) holds ${count} of ${values.length} elements that are not finite, the first is ${values[first]} at ${formatPlace(output.shape, first)}, ${optimisations} graph optimisations`,
    'Check the network’s weights, the scaling of its input, and whether the input itself holds NaN or Inf: the reference overflows or divides by zero.',
  );
}

/** @returns The largest difference, absolute. */
function sealOutput(origin: string, name: string, first: Tensor, second: Tensor, bound: number): number {
  if (first.dtype !== second.dtype || formatShape(first.shape) !== formatShape(second.shape)) {
    throw new UnsealableReferenceError(
      origin,
      name,
      `is ${first.dtype} ${formatShape(first.shape)} without graph optimisations and ${second.dtype} ${formatShape(second.shape)} with them`,
      'Fix the network’s output shape: it must not depend on how the network is executed.',
    );
  }
  const [a, b] = [realValues(first), realValues(second)];
  let worst = 0;
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < a.length; i++) {
    magnitude = Math.max(magnitude, Math.abs(a[i]!), Math.abs(b[i]!));
    const distance = Math.abs(a[i]! - b[i]!);
    if (distance > difference) [worst, difference] = [i, distance];
  }
  const allowed = allowedDifference(first.dtype, magnitude, bound);
  if (!(difference <= allowed)) {
    throw new UnsealableReferenceError(
      origin,
      name,
      `differs at ${formatPlace(first.shape, worst)}: ${a[worst]} without graph optimisations, ${b[worst]} with them (apart by ${show(difference)}, allowed ${show(allowed)})`,
      disagreementHint,
    );
  }
  refuseOtherWinner(origin, name, first, a, b, allowedDifference(first.dtype, magnitude, defaultSealBound));
  return difference;
}

const disagreementHint =
  'Use the float network as reference: one that rounds inside (QuantizeLinear, Cast to float16) turns tiny differences into steps.';

function refuseOtherWinner(
  origin: string,
  name: string,
  { shape }: Tensor,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  usual: number,
): void {
  const [top, otherTop] = [indexOfLargest(a), indexOfLargest(b)];
  if (top === otherTop) return;
  const lead = Math.max(a[top]! - a[otherTop]!, b[otherTop]! - b[top]!);
  if (lead <= 2 * usual) return;
  throw new UnsealableReferenceError(
    origin,
    name,
    `has its largest value at ${formatPlace(shape, top)} (${a[top]}) without graph optimisations, at ${formatPlace(shape, otherTop)} (${b[otherTop]}) with them`,
    disagreementHint,
  );
}

/** Absolute; `magnitude` is the output's largest. */
function allowedDifference(dtype: DType, magnitude: number, bound: number): number {
  return Math.max(bound * magnitude, stepOf(dtype, magnitude));
}

/** Distance of neighbouring values of a type at a magnitude, where one step is more than rounding of float32. */
function stepOf(dtype: DType, magnitude: number): number {
  switch (dtype) {
    case 'float32':
    case 'float64':
      return 0;
    case 'float16':
      // 10 mantissa bits, none below 2^-14.
      return 2 ** (Math.floor(Math.log2(Math.max(magnitude, 2 ** -14))) - 10);
    case 'bool':
      return 0;
    default:
      return 1;
  }
}

const show = (value: number) => String(Number(value.toPrecision(3)));
