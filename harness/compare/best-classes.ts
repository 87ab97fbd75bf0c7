import type { RealNumbers } from './real-numbers.ts';

/**
 * Indices within a row of its k largest values, largest first, ties to the lower index, NaN behind everything.
 *
 * @param start - Flat index of the row's first value.
 * @param k - At most the row's length.
 */
export function bestClasses(values: RealNumbers, start: number, length: number, k: number): number[] {
  const best: number[] = [];
  let threshold = -Infinity;
  for (let index = 0; index < length; index++) {
    if (values[start + index]! > threshold) threshold = insert(values, start, best, index, k);
  }
  // Only where fewer than k values are above -Infinity.
  for (let index = 0; best.length < k; index++) if (!best.includes(index)) best.push(index);
  return best;
}

/** Puts a class in its place among the best, the last of which may fall out; returns what the next must exceed. */
function insert(values: RealNumbers, start: number, best: number[], index: number, k: number): number {
  const value = values[start + index]!;
  let place = best.length < k ? best.push(index) - 1 : k - 1;
  for (; place > 0 && value > values[start + best[place - 1]!]!; place--) best[place] = best[place - 1]!;
  best[place] = index;
  return best.length < k ? -Infinity : values[start + best[k - 1]!]!;
}
