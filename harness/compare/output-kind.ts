import type { OutputKind } from './comparison.ts';
import type { RealNumbers } from './real-numbers.ts';
import { rowsOf } from './rows.ts';

/**
 * How far a row of probabilities may be from sum 1. A softmax held in fp16 is off by up to about 1e-3.
 */
const sumSlack = 1e-2;
/** How far a probability may be outside [0, 1]: rounding only. */
const rangeSlack = 1e-3;

/**
 * What a golden output's values are, by the values themselves (which axis holds classes: rows.ts):
 *
 * - `probabilities`: at least two classes, and every row lies in [0, 1] and sums to 1 within 0.01.
 * - `logits`: otherwise, a single row of at least two classes: all axes but one have extent 1.
 * - `values`: everything else: maps, boxes, batches, single numbers, and whole numbers (class indices).
 *
 * A single vector that is no score (an embedding, angles) looks like logits and is taken for them, so that a wrong
 * ranking is not missed; the spec's `outputs.<name>.kind` says otherwise.
 *
 * @param isReal - False for integers and bools.
 * @returns undefined if NaN or Inf stands where the decision falls.
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
    let sum = 0;
    for (let i = start; i < start + rowLength; i++) {
      const value = values[i]!;
      if (!(value >= -rangeSlack && value <= 1 + rangeSlack))
        return Number.isFinite(value) ? false : undefined;
      sum += value;
    }
    if (Math.abs(sum - 1) > sumSlack) return false;
  }
  return true;
}
