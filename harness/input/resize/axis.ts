import { roundHalfEven } from './round-half-even.ts';

/** Coefficients of the fixed-point filters have 11 fractional bits. */
export const coefficientOne = 2048;

/**
 * How one axis is resampled: target position `i` is the sum of `taps` source positions from `first[i]` on,
 * each with its coefficient. `first` may lie outside the source: positions there mean the border's.
 */
export interface Axis {
  readonly taps: number;
  readonly first: Int32Array;
  /** `taps` values for each target position, in 1/2048. */
  readonly coefficients: Int16Array;
}

/** Source extent of one target element. The detour over the inverse costs an ulp, and OpenCV takes it. */
export function scaleOf(sourceLength: number, targetLength: number): number {
  return 1 / (targetLength / sourceLength);
}

/** Axis of a filter of `weights(fraction)`, centred on pixel centres. */
export function centredAxis(
  sourceLength: number,
  targetLength: number,
  taps: number,
  weights: (fraction: number) => readonly number[],
): Axis {
  const scale = scaleOf(sourceLength, targetLength);
  return makeAxis(targetLength, taps, weights, (i) => {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    const floor = Math.floor(position);
    return { base: floor - (taps / 2 - 1), fraction: Math.fround(position - floor) };
  });
}

/** Axis that enlarges for INTER_AREA: linear weights, but only where a target element straddles two source elements. */
export function straddlingAxis(sourceLength: number, targetLength: number): Axis {
  const scale = scaleOf(sourceLength, targetLength);
  const inverse = targetLength / sourceLength;
  return makeAxis(targetLength, 2, linearWeights, (i) => {
    const base = Math.floor(i * scale);
    const overhang = Math.fround(i + 1 - (base + 1) * inverse);
    return { base, fraction: overhang <= 0 ? 0 : Math.fround(overhang - Math.floor(overhang)) };
  });
}

export const linearWeights = (fraction: number): readonly number[] => [Math.fround(1 - fraction), fraction];

function makeAxis(
  length: number,
  taps: number,
  weights: (fraction: number) => readonly number[],
  locate: (i: number) => { readonly base: number; readonly fraction: number },
): Axis {
  const first = new Int32Array(length);
  const coefficients = new Int16Array(length * taps);
  for (let i = 0; i < length; i++) {
    const { base, fraction } = locate(i);
    first[i] = base;
    weights(fraction).forEach((weight, tap) => {
      coefficients[i * taps + tap] = roundHalfEven(weight * coefficientOne);
    });
  }
  return { taps, first, coefficients };
}
