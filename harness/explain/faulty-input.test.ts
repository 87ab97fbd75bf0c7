import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import type { InputFault } from './explanation.ts';
import { faultyInput, type RightInput } from './faulty-input.ts';

/** Planes (1, 201), (2, 202), (3, 203). */
const right: RightInput = {
  pixels: tensor('float32', [1, 3, 1, 2], Float32Array.of(1, 201, 2, 202, 3, 203)),
  mean: [100, 110, 120],
  std: [1, 2, 4],
  elementBytes: 4,
};

const seen = (...faults: InputFault[]) => [...faultyInput(right, new Set(faults)).data];

test('without a fault the network gets its own input', () => {
  expect(seen()).toEqual([-99, 101, -54, 46, -29.25, 20.75]);
});

test.each<[InputFault[], number[]]>([
  [['channels-swapped'], [-97, 103, -54, 46, -29.75, 20.25]],
  [['signed-bytes'], [-99, -155, -54, -82, -29.25, -43.25]],
  // The buffer is 1 2 3 201 202 203.
  [['interleaved-as-planes'], [-99, -98, -53.5, 45.5, 20.5, 20.75]],
  // The buffer is 1 201 2 202 3 203, its pixels (1, 201, 2) and (202, 3, 203).
  [['planes-as-interleaved'], [-99, 102, 45.5, -53.5, -29.5, 20.75]],
  [['mean-missing'], [1, 201, 1, 101, 0.75, 50.75]],
  [['mean-twice'], [-199, 1, -109, -9, -59.25, -9.25]],
  [['std-missing'], [-99, 101, -108, 92, -117, 83]],
  [['std-twice'], [-99, 101, -27, 23, -7.3125, 5.1875]],
  [
    ['mean-twice', 'std-twice'],
    [-199, 1, -82, -32, -37.3125, -24.8125],
  ],
  [['mean-and-std-reversed'], [-29.75, 20.25, -54, 46, -97, 103]],
  [['cast-to-bytes'], [0, 101, 0, 46, 0, 20]],
  [['size-in-elements'], [-99, 101, -55, -55, -30, -30]],
  [
    ['signed-bytes', 'channels-swapped'],
    [-97, -153, -54, -82, -29.75, -43.75],
  ],
])('%j', (faults, expected) => {
  expect(seen(...faults)).toEqual(expected);
});

test('pixels in 0..1 are normalised with means for 0..255', () => {
  expect(seen('range-0-to-1')[1]).toBeCloseTo(201 / 255 - 100, 4);
});
