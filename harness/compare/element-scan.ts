import { halfUlpDistance } from '../tensor/half.ts';
import type { RealNumbers } from './real-numbers.ts';
import { chunkLength, kernel, loadChunk } from './simd/kernel.ts';
import { resultAt } from './simd/loops.ts';

/** What one pass over all elements of both sides collects; sums are in float64. */
export interface ElementScan {
  /** NaN or Infinity, like the other sums, if an element is. */
  sumAbsError: number;
  sumSquaredError: number;
  sumSquaredGolden: number;
  sumSquaredBoard: number;
  sumProduct: number;
  /** Over the pairs that are finite on both sides, as are all maxima here. */
  maxAbsError: number;
  /** Where that is; -1 if no error is above 0. */
  maxAbsErrorAt: number;
  maxRelError: number;
  nonzeroWhereGoldenZero: number;
  maxUlp: number;
  /** -1 if no distance is above 0. */
  maxUlpAt: number;
  /** Largest |error| / (atol + rtol * |golden|), and where; -1 if no error is above 0. */
  usedTolerance: number;
  usedToleranceAt: number;
  /** Largest |error| - rtol * |golden|: the atol that would just pass. */
  neededAtol: number;
  goldenNonFinite: number;
  boardNonFinite: number;
  /** First non-finite board element, or golden element if no board element is; -1 if all are finite. */
  nonFiniteAt: number;
}

/**
 * Looks at every pair of elements once, float32 with vector instructions.
 *
 * @param board - As many values as `golden` has.
 * @param atol - Absolute part of the element-wise limit.
 * @param rtol - Relative part.
 */
export function scanElements(
  golden: RealNumbers,
  board: RealNumbers,
  atol: number,
  rtol: number,
): ElementScan {
  const scan: ElementScan = {
    sumAbsError: 0,
    sumSquaredError: 0,
    sumSquaredGolden: 0,
    sumSquaredBoard: 0,
    sumProduct: 0,
    maxAbsError: 0,
    maxAbsErrorAt: -1,
    maxRelError: 0,
    nonzeroWhereGoldenZero: 0,
    maxUlp: 0,
    maxUlpAt: -1,
    usedTolerance: 0,
    usedToleranceAt: -1,
    neededAtol: 0,
    goldenNonFinite: 0,
    boardNonFinite: 0,
    nonFiniteAt: -1,
  };
  if (golden instanceof Float32Array && board instanceof Float32Array) {
    scanFloat32(scan, golden, board, atol, rtol);
  } else {
    scanCarefully(scan, golden, board, 0, golden.length, atol, rtol);
  }
  if (rtol === 0 && scan.maxAbsErrorAt !== -1) {
    // Without a relative part the largest error is also the deciding one.
    scan.usedTolerance = scan.maxAbsError / atol;
    scan.usedToleranceAt = scan.maxAbsErrorAt;
    scan.neededAtol = scan.maxAbsError;
  }
  return scan;
}

function scanFloat32(
  scan: ElementScan,
  golden: Float32Array,
  board: Float32Array,
  atol: number,
  rtol: number,
): void {
  for (let start = 0; start < golden.length; start += chunkLength) {
    const end = Math.min(start + chunkLength, golden.length);
    const bytes = loadChunk(golden, board, start, end);
    if (!addErrors(scan, bytes, start)) {
      scanCarefully(scan, golden, board, start, end, atol, rtol);
    } else if (rtol > 0) {
      raiseUsed(scan, bytes, start, atol, rtol);
    }
  }
}

/**
 * Adds the errors of the chunk that the kernel holds, if all its elements are finite.
 *
 * @returns False, and nothing added, if one is NaN or Inf. Then, and only then, the sums of squares are no number: squares
 *   of float32 do not overflow float64.
 */
function addErrors(scan: ElementScan, bytes: number, start: number): boolean {
  const { loops, results } = kernel;
  const at = resultAt.errors;
  loops.errors(bytes);
  if (!Number.isFinite(results[at.sumSquaredGolden]! + results[at.sumSquaredBoard]!)) return false;
  scan.sumAbsError += results[at.sumAbsError]!;
  scan.sumSquaredError += results[at.sumSquaredError]!;
  scan.sumSquaredGolden += results[at.sumSquaredGolden]!;
  scan.sumSquaredBoard += results[at.sumSquaredBoard]!;
  scan.sumProduct += results[at.sumProduct]!;
  scan.nonzeroWhereGoldenZero += results[at.zeroMisses]!;
  scan.maxRelError = Math.max(scan.maxRelError, results[at.maxRelError]!);
  const errorLane = highestLane(at.maxAbsError);
  const maxAbsError = results[at.maxAbsError.values + errorLane]!;
  if (maxAbsError > scan.maxAbsError) {
    scan.maxAbsError = maxAbsError;
    scan.maxAbsErrorAt = start + results[at.maxAbsError.indices + errorLane]!;
  }
  const ulpLane = highestLane(at.maxUlp);
  const maxUlp = results[at.maxUlp.values + ulpLane]!;
  if (maxUlp > scan.maxUlp) {
    scan.maxUlp = maxUlp;
    scan.maxUlpAt = start + results[at.maxUlp.indices + ulpLane]!;
  }
  return true;
}

/** The lane with the highest value, and of equal ones the one that found it first. */
function highestLane({ lanes, values, indices }: { lanes: number; values: number; indices: number }): number {
  const { results } = kernel;
  let best = 0;
  for (let lane = 1; lane < lanes; lane++) {
    const difference = results[values + lane]! - results[values + best]!;
    if (difference > 0 || (difference === 0 && results[indices + lane]! < results[indices + best]!))
      best = lane;
  }
  return best;
}

/** Raises the largest share of the tolerance by the chunk that the kernel holds. */
function raiseUsed(scan: ElementScan, bytes: number, start: number, atol: number, rtol: number): void {
  const { loops, results } = kernel;
  loops.tolerance(bytes, atol, rtol);
  const used = results[resultAt.tolerance.used]!;
  scan.neededAtol = Math.max(scan.neededAtol, results[resultAt.tolerance.neededAtol]!);
  if (used > scan.usedTolerance) {
    scan.usedTolerance = used;
    scan.usedToleranceAt =
      start + findInChunk((g, b) => Math.abs(b - g) / (atol + rtol * Math.abs(g)) === used);
  }
}

/** Index of the first pair in the kernel's chunk that has a property which one of them is known to have. */
function findInChunk(matches: (golden: number, board: number) => boolean): number {
  let index = 0;
  while (!matches(kernel.golden[index]!, kernel.board[index]!)) index++;
  return index;
}

/** The same for any element type and for chunks with NaN or Inf, an element at a time. */
function scanCarefully(
  scan: ElementScan,
  golden: RealNumbers,
  board: RealNumbers,
  start: number,
  end: number,
  atol: number,
  rtol: number,
): void {
  for (let i = start; i < end; i++) {
    const expected = golden[i]!;
    const found = board[i]!;
    const error = Math.abs(found - expected);
    const magnitude = Math.abs(expected);
    scan.sumAbsError += error;
    scan.sumSquaredError += error * error;
    scan.sumSquaredGolden += expected * expected;
    scan.sumSquaredBoard += found * found;
    scan.sumProduct += expected * found;
    if (!Number.isFinite(expected) || !Number.isFinite(found)) {
      noteNonFinite(scan, expected, found, i);
      continue;
    }
    if (error > scan.maxAbsError) {
      scan.maxAbsError = error;
      scan.maxAbsErrorAt = i;
    }
    if (magnitude > 0) scan.maxRelError = Math.max(scan.maxRelError, error / magnitude);
    else if (error > 0) scan.nonzeroWhereGoldenZero++;
    const ulp = halfUlpDistance(expected, found);
    if (ulp > scan.maxUlp) {
      scan.maxUlp = ulp;
      scan.maxUlpAt = i;
    }
    if (rtol > 0 && error > 0) {
      const used = error / (atol + rtol * magnitude);
      if (used > scan.usedTolerance) {
        scan.usedTolerance = used;
        scan.usedToleranceAt = i;
      }
      scan.neededAtol = Math.max(scan.neededAtol, error - rtol * magnitude);
    }
  }
}

function noteNonFinite(scan: ElementScan, expected: number, found: number, at: number): void {
  const isBoards = !Number.isFinite(found);
  const isFirst = isBoards ? scan.boardNonFinite === 0 : scan.nonFiniteAt === -1;
  if (isFirst) scan.nonFiniteAt = at;
  if (isBoards) scan.boardNonFinite++;
  if (!Number.isFinite(expected)) scan.goldenNonFinite++;
}
