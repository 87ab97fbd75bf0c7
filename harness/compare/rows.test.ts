import { expect, test } from 'vitest';
import { rowsOf } from './rows.ts';

test.each([
  [[1000], 1, 1000],
  [[1, 1000], 1, 1000],
  [[1, 1000, 1, 1], 1, 1000], // SqueezeNet
  [[1, 2], 1, 2],
  [[1, 4420, 2], 4420, 2],
  [[8, 10], 8, 10],
  [[1, 21, 5, 7], 105, 7],
  [[1, 1], 1, 1],
  [[], 1, 1],
])('shape %j is %i rows of %i', (shape, count, length) => {
  expect(rowsOf(shape)).toEqual({ count, length });
});

test('nothing has no rows', () => {
  expect(rowsOf([3, 0])).toEqual({ count: 0, length: 0 });
  expect(rowsOf([0, 3])).toEqual({ count: 0, length: 3 });
});
