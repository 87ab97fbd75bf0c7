import type { RealNumbers } from './real-numbers.ts';
import type { Rows } from './rows.ts';

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
    const start = row * rows.length;
    const goldenSum = sumOf(golden, start, rows.length);
    const boardSum = sumOf(board, start, rows.length);
    const divergence =
      goldenSum > 0 && boardSum > 0 ? klOf(golden, board, start, rows.length, goldenSum, boardSum) : NaN;
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

function sumOf(values: RealNumbers, start: number, length: number): number {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += values[i]!;
  return sum;
}

function klOf(
  golden: RealNumbers,
  board: RealNumbers,
  start: number,
  length: number,
  goldenSum: number,
  boardSum: number,
): number {
  const goldenFloor = floor * goldenSum;
  const boardFloor = floor * boardSum;
  let weighted = 0;
  for (let i = start; i < start + length; i++) {
    const expected = golden[i]!;
    const found = board[i]!;
    weighted +=
      expected *
      logRatio(expected > goldenFloor ? expected : goldenFloor, found > boardFloor ? found : boardFloor);
  }
  // With P and Q the sums: sum of p/P ln((p/P) / (q/Q)) = (sum of p ln(p/q)) / P + ln(Q/P). Rounding may leave -1e-17.
  return Math.max(0, weighted / goldenSum + Math.log(boardSum / goldenSum));
}

/**
 * ln(a / b) for positive a and b, most of the time of which a and b are alike. Then by the series
 * 2 (z + z^3/3 + z^5/5 + ...) with z = (a - b) / (a + b), which takes half the time of Math.log: to double precision up to
 * a ratio of 1.1, to a relative error of 2e-11 up to 2.
 */
function logRatio(a: number, b: number): number {
  const z = (a - b) / (a + b);
  const w = z * z;
  if (w < 0.0025) return z * (2 + w * (2 / 3 + w * (2 / 5 + w * (2 / 7 + w * (2 / 9 + w * (2 / 11))))));
  if (w < 1 / 9) return z * (2 + w * (2 / 3 + w * (2 / 5 + w * (2 / 7 + w * (2 / 9 + w * tail(w))))));
  return Math.log(a / b);
}

const tail = (w: number): number => 2 / 11 + w * (2 / 13 + w * (2 / 15 + w * (2 / 17 + w * (2 / 19))));
