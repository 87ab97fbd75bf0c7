import { expect, test } from 'vitest';
import { findUnstable } from './unstable.ts';

test('equal checksums are no fault, nor is a single run', () => {
  expect(findUnstable([7, 7, 7])).toBeUndefined();
  expect(findUnstable([7])).toBeUndefined();
  expect(findUnstable([])).toBeUndefined();
});

test('differing checksums are told with the first run that differs', () => {
  expect(findUnstable([7, 7, 9, 7, 8])).toEqual({
    kind: 'unstable',
    output: '',
    message: '5 runs of the same input gave 3 different answers; run 3 is the first that differs from run 1',
  });
});
