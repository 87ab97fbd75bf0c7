import { minSubnormalHalf } from '../tensor/half.ts';
import type { ElementScan } from './element-scan.ts';

// The hot loops over float32 data: each small enough to be compiled well, each called with one type of array only.

/**
 * Adds a chunk to the sums and the largest error, if all its elements are finite.
 *
 * @returns False, and nothing added, if one is NaN or Inf (then, and only then, the sums of squares are no number:
 *   squares of float32 cannot overflow float64).
 */
export function addErrors(
  scan: ElementScan,
  golden: Float32Array,
  board: Float32Array,
  start: number,
  end: number,
): boolean {
  let absError = 0;
  let squaredError = 0;
  let squaredGolden = 0;
  let squaredBoard = 0;
  let product = 0;
  let max = scan.maxAbsError;
  for (let i = start; i < end; i++) {
    const expected = golden[i]!;
    const found = board[i]!;
    const error = Math.abs(found - expected);
    absError += error;
    squaredError += error * error;
    squaredGolden += expected * expected;
    squaredBoard += found * found;
    product += expected * found;
    if (error > max) max = error;
  }
  if (!Number.isFinite(squaredGolden + squaredBoard)) return false;
  scan.sumAbsError += absError;
  scan.sumSquaredError += squaredError;
  scan.sumSquaredGolden += squaredGolden;
  scan.sumSquaredBoard += squaredBoard;
  scan.sumProduct += product;
  if (max > scan.maxAbsError) {
    scan.maxAbsError = max;
    let at = start;
    while (Math.abs(board[at]! - golden[at]!) !== max) at++;
    scan.maxAbsErrorAt = at;
  }
  return true;
}

/** Raises the largest relative error, and counts the elements that have none because the golden is 0. */
export function raiseRelative(
  scan: ElementScan,
  golden: Float32Array,
  board: Float32Array,
  start: number,
  end: number,
): void {
  let max = scan.maxRelError;
  let zeroMisses = 0;
  for (let i = start; i < end; i++) {
    const magnitude = Math.abs(golden[i]!);
    const error = Math.abs(board[i]! - golden[i]!);
    if (error > max * magnitude) {
      if (magnitude > 0) max = error / magnitude;
      else zeroMisses++;
    }
  }
  scan.maxRelError = max;
  scan.nonzeroWhereGoldenZero += zeroMisses;
}

/** Raises the largest share of the tolerance atol + rtol * |golden|, for rtol above 0. */
export function raiseUsed(
  scan: ElementScan,
  golden: Float32Array,
  board: Float32Array,
  start: number,
  end: number,
  atol: number,
  rtol: number,
): void {
  let used = scan.usedTolerance;
  let at = scan.usedToleranceAt;
  let needed = scan.neededAtol;
  for (let i = start; i < end; i++) {
    const error = Math.abs(board[i]! - golden[i]!);
    const relative = rtol * Math.abs(golden[i]!);
    if (error > used * (atol + relative)) {
      used = error / (atol + relative);
      at = i;
    }
    if (error - relative > needed) needed = error - relative;
  }
  scan.usedTolerance = used;
  scan.usedToleranceAt = at;
  scan.neededAtol = needed;
}

/**
 * Adding 1.5 * 2^52 to a double leaves no room for a fraction: the sum is rounded to a whole number, ties to even.
 * Together with the two tables this puts a float32 on the grid of halves without a branch: scaled so that its half's
 * steps are whole numbers, rounded, and moved to where its power of two begins.
 */
const roundToWhole = 1.5 * 2 ** 52;
/** Steps of the grid per unit, by a float32's sign and exponent bits. */
const stepsPerUnit = new Float64Array(512);
/** {@link roundToWhole} less the place, among all halves in order, where values of that sign and exponent begin. */
const placeOffset = new Float64Array(512);
for (let exponent = 0; exponent < 256; exponent++) {
  // 113 is 2^-14, the smallest normal half: at and below it a step is 2^-24. 142 is 2^15; above it, beyond infinity.
  const steps = exponent <= 113 ? 2 ** 24 : exponent <= 142 ? 2 ** (137 - exponent) : 0;
  const place = exponent <= 113 ? 0 : exponent <= 142 ? (exponent - 113) * 1024 : 0x7c00;
  stepsPerUnit[exponent] = steps;
  stepsPerUnit[exponent + 256] = steps;
  placeOffset[exponent] = roundToWhole - place;
  placeOffset[exponent + 256] = roundToWhole + place;
}

/** Raises the largest ulp distance on the grid of halves; all elements must be finite. */
export function raiseUlp(
  scan: ElementScan,
  golden: Float32Array,
  board: Float32Array,
  goldenBits: Int32Array,
  boardBits: Int32Array,
  start: number,
  end: number,
): void {
  let max = scan.maxUlp;
  let at = scan.maxUlpAt;
  // No step is finer than a subnormal's, so an error this small cannot be more steps than the largest so far.
  let harmless = (max - 1) * minSubnormalHalf;
  for (let i = start; i < end; i++) {
    const expected = golden[i]!;
    const found = board[i]!;
    if (Math.abs(found - expected) > harmless) {
      const g = goldenBits[i]! >>> 23;
      const b = boardBits[i]! >>> 23;
      const goldenPlace = expected * stepsPerUnit[g]! + roundToWhole - placeOffset[g]!;
      const boardPlace = found * stepsPerUnit[b]! + roundToWhole - placeOffset[b]!;
      const steps = Math.abs(boardPlace - goldenPlace);
      if (steps > max) {
        max = steps;
        at = i;
        harmless = (max - 1) * minSubnormalHalf;
      }
    }
  }
  scan.maxUlp = max;
  scan.maxUlpAt = at;
}
