/**
 * Holm's step-down correction: p-values that may all be held against one significance level, so that the chance of any
 * false alarm among all tests stays below it, however the tests depend on each other.
 *
 * @returns The adjusted p-values, in the order given; NaN counts as 1.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues
    .map((p, index) => ({ p: Number.isNaN(p) ? 1 : p, index }))
    .sort((a, b) => a.p - b.p || a.index - b.index);
  const adjusted: number[] = Array.from({ length: pValues.length }, () => 1);
  let largest = 0;
  for (const [rank, { p, index }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * p));
    adjusted[index] = largest;
  }
  return adjusted;
}
