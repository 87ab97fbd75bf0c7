import type { ElementPair, Metrics } from './comparison.ts';
import type { ElementScan } from './element-scan.ts';
import type { RealNumbers } from './real-numbers.ts';

/**
 * True if both sides have the same bits and all are finite: then nothing else needs to be measured.
 *
 * @param board - As many elements as `golden`.
 */
export function areIdentical(golden: RealNumbers, board: RealNumbers): boolean {
  if (golden.BYTES_PER_ELEMENT !== board.BYTES_PER_ELEMENT) return false;
  return bufferOf(golden).equals(bufferOf(board)) && areFinite(golden);
}

function areFinite(values: RealNumbers): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

const bufferOf = ({ buffer, byteOffset, byteLength }: RealNumbers): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** The metrics of two outputs with the same finite bits: known without looking. */
export function metricsOfIdentical(
  golden: RealNumbers,
  shape: readonly number[],
  isDistribution: boolean,
): Metrics {
  return {
    elementCount: golden.length,
    identical: true,
    maxAbsError: 0,
    meanAbsError: 0,
    maxRelError: 0,
    nonzeroWhereGoldenZero: 0,
    rmse: 0,
    cosine: 1,
    snrDb: Infinity,
    gain: 1,
    kl: isDistribution ? 0 : NaN,
    maxUlp: 0,
    goldenNonFinite: 0,
    boardNonFinite: 0,
    worst: pairAt(golden, golden, shape, 0),
  };
}

/**
 * Turns what was collected into metrics. NaN and Inf are never left out: with one on either side every number that it
 * touches is NaN or Infinity, so that no limit holds.
 *
 * @param kl - NaN for anything but probabilities.
 */
export function metricsOfScan(
  scan: ElementScan,
  kl: number,
  golden: RealNumbers,
  board: RealNumbers,
  shape: readonly number[],
): Metrics {
  const allFinite = scan.nonFiniteAt === -1;
  const worstAt = allFinite ? Math.max(0, scan.maxAbsErrorAt) : scan.nonFiniteAt;
  return {
    elementCount: golden.length,
    identical: false,
    maxAbsError: allFinite ? scan.maxAbsError : scan.sumAbsError,
    meanAbsError: scan.sumAbsError / golden.length,
    maxRelError: allFinite ? scan.maxRelError : NaN,
    nonzeroWhereGoldenZero: scan.nonzeroWhereGoldenZero,
    rmse: Math.sqrt(scan.sumSquaredError / golden.length),
    cosine: cosineOf(scan),
    snrDb:
      scan.sumSquaredError === 0 ? Infinity : 10 * Math.log10(scan.sumSquaredGolden / scan.sumSquaredError),
    gain: scan.sumProduct / scan.sumSquaredGolden,
    kl,
    maxUlp: allFinite ? scan.maxUlp : NaN,
    goldenNonFinite: scan.goldenNonFinite,
    boardNonFinite: scan.boardNonFinite,
    worst: pairAt(golden, board, shape, worstAt),
  };
}

function cosineOf({ sumProduct, sumSquaredGolden, sumSquaredBoard }: ElementScan): number {
  const cosine = sumProduct / (Math.sqrt(sumSquaredGolden) * Math.sqrt(sumSquaredBoard));
  // Rounding may leave 1.0000000000000002; NaN stays NaN.
  return Math.max(-1, Math.min(1, cosine));
}

/** One element on both sides; undefined where there is none. */
export function pairAt(
  golden: RealNumbers,
  board: RealNumbers,
  shape: readonly number[],
  flat: number,
): ElementPair | undefined {
  if (flat < 0 || flat >= golden.length) return undefined;
  return { flat, index: indexOf(flat, shape), golden: golden[flat]!, board: board[flat]! };
}

/** A flat row-major index, per dimension. */
export function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis]!;
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}
