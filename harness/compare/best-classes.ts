import type { RealNumbers } from './real-numbers.ts';

/**
 * Indices within a row of its k largest values, largest first, ties to the lower index, NaN behind everything.
 *
 * @param start - Flat index of the row's first value.
 * @param k - At most the row's length.
 */
export function bestClasses(values: RealNumbers, start: number, length: number, k: number): number[] {
  const best: number[] = [];
  const bestValues: number[] = [];
  for (let place = 0; place < k; place++) {
    best.push(-1);
    bestValues.push(-Infinity);
  }
  let lowest = -Infinity;
  for (let index = 0; index < length; index++) {
    const value = values[start + index]!;
    if (!(value > lowest)) continue;
    let place = k - 1;
    for (; place > 0 && value > bestValues[place - 1]!; place--) {
      bestValues[place] = bestValues[place - 1]!;
      best[place] = best[place - 1]!;
    }
    bestValues[place] = value;
    best[place] = index;
    lowest = bestValues[k - 1]!;
  }
  return lowest === -Infinity ? filledUp(best) : best;
}

/** Where fewer than k values are above -Infinity, the lowest of the other indices take the free places. */
function filledUp(best: readonly number[]): number[] {
  const found = best.filter((index) => index !== -1);
  for (let index = 0; found.length < best.length; index++) if (!found.includes(index)) found.push(index);
  return found;
}
