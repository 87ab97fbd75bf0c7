import { halfUlpDistance } from '../tensor/half.ts';
import { addErrors, raiseRelative, raiseUlp, raiseUsed } from './float32-loops.ts';
import type { RealNumbers } from './real-numbers.ts';

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

/** Small enough that a chunk of both sides stays in the first-level cache while several loops run over it. */
const chunkLength = 2048;

/**
 * Looks at every pair of elements. The data come from memory once, chunk by chunk; over a chunk run several short
 * loops, because one long loop needs more registers than a processor has and is several times slower.
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
  const goldenBits = new Int32Array(golden.buffer, golden.byteOffset, golden.length);
  const boardBits = new Int32Array(board.buffer, board.byteOffset, board.length);
  for (let start = 0; start < golden.length; start += chunkLength) {
    const end = Math.min(start + chunkLength, golden.length);
    if (!addErrors(scan, golden, board, start, end)) {
      scanCarefully(scan, golden, board, start, end, atol, rtol);
      continue;
    }
    raiseRelative(scan, golden, board, start, end);
    raiseUlp(scan, golden, board, goldenBits, boardBits, start, end);
    if (rtol > 0) raiseUsed(scan, golden, board, start, end, atol, rtol);
  }
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
