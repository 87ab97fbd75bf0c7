import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestClasses } from './best-classes.ts';

test('gives the indices within the row, best first', () => {
  const values = Float32Array.of(9, 9, 0.1, 0.7, 0.2);

  expect(bestClasses(values, 2, 3, 2)).toEqual([1, 2]);
});

test('gives ties to the lower index, also at the end of the list', () => {
  expect(bestClasses(Float32Array.of(1, 3, 3, 1, 3), 0, 5, 4)).toEqual([1, 2, 4, 0]);
});

test('puts NaN and -Infinity behind everything, and leaves no place empty', () => {
  expect(bestClasses(Float32Array.of(NaN, -Infinity, 1, NaN), 0, 4, 4)).toEqual([2, 0, 1, 3]);
});

test('is the head of a stable sort', () => {
  const row = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(row, fc.integer({ min: 1, max: 8 }), (drawn, wanted) => {
      const k = Math.min(wanted, drawn.length);
      const sorted = drawn.map((value, index) => ({ value, index })).sort((a, b) => b.value - a.value);

      const best = bestClasses(Float32Array.from(drawn), 0, drawn.length, k);

      expect(best).toEqual(sorted.slice(0, k).map(({ index }) => index));
    }),
  );
});
