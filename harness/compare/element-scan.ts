import { scanCarefully } from './careful-scan.ts';
import { scanFloat32 } from './float32-scan.ts';
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
