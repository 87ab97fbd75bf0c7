import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { alignInOrder } from './align.ts';

/** Every way to pair two sequences without crossing, by trying all. */
function bestByTrial(
  { left, right }: { left: readonly number[]; right: readonly number[] },
  score: (i: number, j: number) => number | undefined,
): number {
  const from = (i: number, j: number): number => {
    if (i === left.length) return -right.slice(j).reduce((a, b) => a + b, 0);
    if (j === right.length) return -left.slice(i).reduce((a, b) => a + b, 0);
    const gain = score(i, j);
    return Math.max(
      from(i + 1, j) - left[i]!,
      from(i, j + 1) - right[j]!,
      gain === undefined ? -Infinity : gain + from(i + 1, j + 1),
    );
  };
  return from(0, 0);
}

const cost = fc.double({ min: 0, max: 1, noNaN: true });

test('no other pairing without crossings is worth more', () => {
  fc.assert(
    fc.property(
      fc.array(cost, { maxLength: 5 }),
      fc.array(cost, { maxLength: 5 }),
      fc.array(fc.option(fc.double({ min: -1, max: 3, noNaN: true }), { nil: undefined }), {
        minLength: 25,
        maxLength: 25,
      }),
      (left, right, scores) => {
        const score = (i: number, j: number) => scores[i * 5 + j];

        const partners = alignInOrder({ left, right }, score);

        const pairs = partners.flatMap((j, i) => (j === undefined ? [] : [[i, j] as const]));
        const taken = new Set(pairs.map(([, j]) => j));
        expect(pairs.every(([, j], k) => k === 0 || pairs[k - 1]![1] < j)).toBe(true);
        const worth =
          pairs.reduce((sum, [i, j]) => sum + score(i, j)!, 0) -
          left.filter((_, i) => partners[i] === undefined).reduce((a, b) => a + b, 0) -
          right.filter((_, j) => !taken.has(j)).reduce((a, b) => a + b, 0);
        expect(worth).toBeCloseTo(bestByTrial({ left, right }, score), 9);
      },
    ),
  );
});

test('two dumps of one size that run in the other order are not both forced into a wrong place', () => {
  // 0 is clearly 1, and 1 clearly 0: one of them finds its place, the other is left to be found by its values.
  const score = (i: number, j: number) => (i === j ? 0.5 : 3);

  expect(alignInOrder({ left: [0.5, 0.5], right: [0.2, 0.2] }, score)).toEqual([1, undefined]);
});
