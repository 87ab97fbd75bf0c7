import { expect, test } from 'vitest';
import { nearestKey } from './nearest-key.ts';

const keys = ['minCosine', 'maxKl', 'channelOrder', 'centre'];

test.each([
  ['minCosin', 'minCosine'],
  ['min_cosine', 'minCosine'],
  ['chanelOrder', 'channelOrder'],
  ['center', 'centre'],
])('takes %s for %s', (found, meant) => {
  expect(nearestKey(found, keys)).toBe(meant);
});

test('suggests nothing for a word that is like no key', () => {
  expect(nearestKey('banana', keys)).toBeUndefined();
});
