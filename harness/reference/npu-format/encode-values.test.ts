import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { encodeValues } from './encode-values.ts';

const floats = (...values: number[]) => tensor('float32', [values.length], Float32Array.from(values));

test('u8 codes are rounded half to even, shifted by the zero point, and saturate', () => {
  const storage = { dtype: 'uint8', quantisation: { kind: 'affine', scale: 0.5, zp: 100 } } as const;

  const { data } = encodeValues(floats(0, 0.25, 0.75, -0.25, -0.75, 0.3, 1000, -1000), storage, 'nearest');

  // In steps: 0, 0.5, 1.5, -0.5, -1.5, 0.6.
  expect([...data]).toEqual([100, 100, 102, 100, 98, 101, 255, 0]);
});

test('dynamic fixed point takes negative fraction lengths', () => {
  const storage = { dtype: 'int8', quantisation: { kind: 'dfp', fl: -2 } } as const;

  expect([...encodeValues(floats(8, -10, 6, 600), storage, 'nearest').data]).toEqual([2, -2, 2, 127]);
});

test('biases of 16-bit layers have 64 bits', () => {
  const storage = { dtype: 'int64', quantisation: { kind: 'dfp', fl: 30 } } as const;

  expect([...encodeValues(floats(3, -0.5), storage, 'nearest').data]).toEqual([3n << 30n, -(1n << 29n)]);
});

test('halves are rounded or cut, and never become infinite', () => {
  const storage = { dtype: 'float16', quantisation: { kind: 'none' } } as const;
  // 5/3 lies between 0x3eaa and 0x3eab, nearer to the upper.
  const values = floats(5 / 3, -5 / 3, 70_000, -70_000);

  expect([...encodeValues(values, storage, 'nearest').data]).toEqual([0x3eab, 0xbeab, 0x7bff, 0xfbff]);
  expect([...encodeValues(values, storage, 'truncate').data]).toEqual([0x3eaa, 0xbeaa, 0x7bff, 0xfbff]);
});
