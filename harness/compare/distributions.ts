import type { RealNumbers } from './real-numbers.ts';
import type { Rows } from './rows.ts';
import { isVectorRow, kernel, loadChunk } from './simd/kernel.ts';
import { resultAt } from './simd/loops.ts';

/** How far the rows of the board are from the golden's as probability distributions. */
export interface DistributionDistance {
  /** KL(golden || board) of the worst row, in nats; NaN if a row sums to nothing positive. */
  readonly kl: number;
  readonly klRow: number;
  /** Largest difference between the sums of a row, and its row. */
  readonly sumError: number;
  readonly sumErrorRow: number;
}

/**
 * Smallest probability that counts as one: the smallest half above 0. A class below it on either side is taken at this
 * value, or a class of 1e-9 that fp16 cannot hold would make the divergence infinite.
 */
const floor = 2 ** -24;

/**
 * Compares rows of probabilities, each normalised to sum 1 on both sides: sum of p ln(p / q).
 *
 * @see Kullback and Leibler, On Information and Sufficiency, 1951.
 */
export function distributionDistance(
  golden: RealNumbers,
  board: RealNumbers,
  rows: Rows,
): DistributionDistance {
  let kl = 0;
  let klRow = 0;
  let sumError = 0;
  let sumErrorRow = 0;
  for (let row = 0; row < rows.count; row++) {
    const { goldenSum, boardSum, divergence } = measureRow(golden, board, row * rows.length, rows.length);
    if (divergence > kl || Number.isNaN(divergence)) {
      kl = divergence;
      klRow = row;
    }
    const difference = Math.abs(boardSum - goldenSum);
    if (difference > sumError || Number.isNaN(difference)) {
      sumError = difference;
      sumErrorRow = row;
    }
  }
  return { kl, klRow, sumError, sumErrorRow };
}

interface RowDistance {
  readonly goldenSum: number;
  readonly boardSum: number;
  readonly divergence: number;
}

function measureRow(golden: RealNumbers, board: RealNumbers, start: number, length: number): RowDistance {
  const { goldenSum, boardSum, weighted } =
    isVectorRow(golden, length) && isVectorRow(board, length)
      ? sumWithKernel(golden, board, start, length)
      : sumPlainly(golden, board, start, length);
  // With P and Q the sums: sum of p/P ln((p/P) / (q/Q)) = (sum of p ln(p/q)) / P + ln(Q/P). Rounding may leave -1e-17.
  const divergence =
    goldenSum > 0 && boardSum > 0 ? Math.max(0, weighted / goldenSum + Math.log(boardSum / goldenSum)) : NaN;
  return { goldenSum, boardSum, divergence };
}

interface RowSums {
  readonly goldenSum: number;
  readonly boardSum: number;
  /** Sum of p ln(p / q), each side's classes below the floor taken at the floor. */
  readonly weighted: number;
}

function sumWithKernel(golden: Float32Array, board: Float32Array, start: number, length: number): RowSums {
  const { loops, results } = kernel;
  const bytes = loadChunk(golden, board, start, start + length);
  loops.rowSums(bytes);
  const goldenSum = results[resultAt.rowSums.golden]!;
  const boardSum = results[resultAt.rowSums.board]!;
  loops.divergence(bytes, floor * goldenSum, floor * boardSum);
  return { goldenSum, boardSum, weighted: results[resultAt.divergence.weighted]! };
}

function sumPlainly(golden: RealNumbers, board: RealNumbers, start: number, length: number): RowSums {
  let goldenSum = 0;
  let boardSum = 0;
  for (let i = start; i < start + length; i++) {
    goldenSum += golden[i]!;
    boardSum += board[i]!;
  }
  let weighted = 0;
  for (let i = start; i < start + length; i++) {
    const p = Math.max(golden[i]!, floor * goldenSum);
    const q = Math.max(board[i]!, floor * boardSum);
    weighted += golden[i]! * Math.log(p / q);
  }
  return { goldenSum, boardSum, weighted };
}
