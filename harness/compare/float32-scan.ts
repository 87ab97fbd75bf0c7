import { scanCarefully } from './careful-scan.ts';
import type { ElementScan } from './element-scan.ts';
import { chunkLength, kernel, loadChunk } from './simd/kernel.ts';
import { resultAt } from './simd/loops.ts';

/** Scans float32 data with vector instructions, chunk by chunk; a chunk with NaN or Inf an element at a time. */
export function scanFloat32(
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
  while (index < chunkLength && !matches(kernel.golden[index]!, kernel.board[index]!)) index++;
  return index;
}
