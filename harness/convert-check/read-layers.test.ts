import { expect, test } from 'vitest';
import { float16Storage } from '../reference/npu-format/tensor-storage.ts';
import { i8, u8 } from '../reference/rknn/example-file.ts';
import { clippedShare, readingOf } from './read-layers.ts';

test('values more than half a step beyond what codes can say are clipped', () => {
  // u8 at 0.1 around 10 holds -1 to 24.5, and rounds up to half a step beyond into them.
  const values = Float32Array.of(-1.2, -1.04, 0, 24.5, 24.54, 24.6);

  expect(clippedShare(values, u8(0.1, 10))).toBeCloseTo(2 / 6, 6);
});

test('dynamic fixed point holds -2^(7-fl) to just below 2^(7-fl)', () => {
  // i8 with fl 5: -4 to 3.96875 in steps of 1/32.
  expect(clippedShare(Float32Array.of(-4, 3.96875, 3.99, -4.02), i8(5))).toBeCloseTo(2 / 4, 6);
});

test('float16 clips beyond 65504', () => {
  expect(clippedShare(Float32Array.of(65_504, 70_000), float16Storage)).toBe(0.5);
});

test('a layer of unknown format is not said to clip', () => {
  expect(clippedShare(Float32Array.of(1e9), undefined)).toBe(0);
});

test.each([
  [0.99995, 'as float16'],
  [0.995, 'healthy'],
  [0.97, 'unfriendly'],
  [0.9, 'bad'],
  [0.4, 'defect'],
  [NaN, 'defect'],
] as const)('a cosine of %d reads as %s', (cosine, reading) => {
  expect(readingOf(cosine)).toBe(reading);
});
