import type { OutputKind } from './comparison.ts';
import type { RealNumbers } from './real-numbers.ts';
import { rowsOf } from './rows.ts';
import { isVectorRow, kernel, loadGolden } from './simd/kernel.ts';
import { resultAt } from './simd/loops.ts';

/**
 * How far a row of probabilities may be from sum 1. A softmax held in fp16 is off by up to about 1e-3.
 */
const sumSlack = 1e-2;
/** What the negative values of such a row may add up to: rounding only. */
const negativeSlack = 1e-3;

/**
 * What a golden output's values are, by the values themselves (which axis holds classes: rows.ts):
 *
 * - `probabilities`: at least two classes, and every row sums to 1 within 0.01 without being negative anywhere.
 * - `logits`: otherwise, a single row of at least two classes: all axes but one have extent 1.
 * - `values`: everything else: maps, boxes, batches, single numbers, and whole numbers (class indices).
 *
 * A single vector that is no score (an embedding, angles) looks like logits and is taken for them, so that a wrong
 * ranking is not missed; the spec's `outputs.<name>.kind` says otherwise.
 *
 * @param isReal - False for integers and bools.
 * @returns undefined if a row holds NaN or Inf before the others have decided.
 */
export function detectKind(
  golden: RealNumbers,
  shape: readonly number[],
  isReal: boolean,
): OutputKind | undefined {
  const rows = rowsOf(shape);
  if (!isReal || rows.length < 2 || rows.count === 0) return 'values';
  const probabilities = areProbabilities(golden, rows.length);
  if (probabilities === undefined) return undefined;
  if (probabilities) return 'probabilities';
  return rows.count === 1 ? 'logits' : 'values';
}

function areProbabilities(values: RealNumbers, rowLength: number): boolean | undefined {
  for (let start = 0; start < values.length; start += rowLength) {
    const { sum, sumOfMagnitudes } = sumsOf(values, start, rowLength);
    if (!Number.isFinite(sumOfMagnitudes)) return undefined;
    const negative = (sumOfMagnitudes - sum) / 2;
    if (Math.abs(sum - 1) > sumSlack || negative > negativeSlack) return false;
  }
  return true;
}

function sumsOf(
  values: RealNumbers,
  start: number,
  length: number,
): { sum: number; sumOfMagnitudes: number } {
  if (isVectorRow(values, length)) {
    kernel.loops.rowSums(loadGolden(values, start, start + length));
    const { golden, goldenMagnitude } = resultAt.rowSums;
    return { sum: kernel.results[golden]!, sumOfMagnitudes: kernel.results[goldenMagnitude]! };
  }
  let sum = 0;
  let sumOfMagnitudes = 0;
  for (let i = start; i < start + length; i++) {
    sum += values[i]!;
    sumOfMagnitudes += Math.abs(values[i]!);
  }
  return { sum, sumOfMagnitudes };
}
