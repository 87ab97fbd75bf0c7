import type { RealNumbers } from '../../compare/real-numbers.ts';

/** The same golden, computed on two machines or twice, may differ by what an engine's sums differ by. */
const engineSlack = 1e-5;

export function realNumbersAlike(a: RealNumbers, b: RealNumbers): boolean {
  if (a.length !== b.length) return false;
  let [largest, apart] = [0, 0];
  for (const [i, value] of a.entries()) {
    if (Object.is(value, b[i])) continue;
    largest = Math.max(largest, Math.abs(value));
    const distance = Math.abs(value - b[i]!);
    if (Number.isNaN(distance)) return false;
    apart = Math.max(apart, distance);
  }
  if (apart === 0) return true;
  for (const value of a) largest = Math.max(largest, Math.abs(value));
  return apart <= engineSlack * largest;
}
