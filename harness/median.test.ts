import { expect, test } from 'vitest';
import { median } from './median.ts';

test('is the middle value of an odd number, and the mean of the two in the middle of an even one', () => {
  expect(median([9, 1, 4])).toBe(4);
  expect(median([10, 1, 4, 9])).toBe(6.5);
});

test('there is none of no values', () => {
  expect(median([])).toBeUndefined();
});

test('leaves the values in their order', () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
});
