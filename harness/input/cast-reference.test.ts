import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { castReference } from './cast-reference.ts';

const floats = (...values: number[]) => tensor('float32', [values.length], Float32Array.from(values));

test('rounds to the nearest float16, ties to even', () => {
  // 2049 and 2051 lie half-way between steps of 2: 0x6800 is 2048, 0x6802 is 2052.
  expect(castReference(floats(1, 2049, 2051), 'float16').data).toEqual(
    Uint16Array.of(0x3c00, 0x6800, 0x6802),
  );
});

test('keeps whole pixel values as bytes', () => {
  expect(castReference(floats(0, 128, 255), 'uint8')).toEqual(
    tensor('uint8', [3], Uint8Array.of(0, 128, 255)),
  );
});

test.each([
  ['a fraction', floats(0.5), 'uint8'],
  ['a negative value', floats(-1), 'uint8'],
  ['a value above 255', floats(256), 'uint8'],
  ['not a number', floats(NaN), 'uint8'],
  ['a type that pictures never become', floats(1), 'int64'],
] as const)('changes nothing for %s', (_, values, wanted) => {
  expect(castReference(values, wanted)).toBe(values);
});
