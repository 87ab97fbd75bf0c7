import { describe, expect, test } from 'vitest';
import { dequantise, DequantisationError } from './dequantise.ts';
import { notQuantised } from './quantisation.ts';
import { tensor } from './tensor.ts';

const values = (...args: Parameters<typeof dequantise>): number[] => [...dequantise(...args).data];

test('float16 is widened exactly', () => {
  const raw = tensor('float16', [1, 2], Uint16Array.of(0x3b94, 0x0001));

  expect(values(raw, notQuantised)).toEqual([0.947265625, 2 ** -24]);
});

test('float32 is what it is, not copied', () => {
  const raw = tensor('float32', [1], Float32Array.of(0.1));

  expect(dequantise(raw, notQuantised)).toBe(raw);
});

test('plain integers and bools are cast', () => {
  expect(values(tensor('int64', [2], BigInt64Array.of(-5n, 7n)), notQuantised)).toEqual([-5, 7]);
  expect(values(tensor('bool', [2], Uint8Array.of(0, 1)), notQuantised)).toEqual([0, 1]);
  expect(values(tensor('int8', [1], Int8Array.of(-128)), notQuantised)).toEqual([-128]);
});

test('affine is (q - zp) * scale in float32: the vendor’s MobileNet input', () => {
  const raw = tensor('uint8', [4], Uint8Array.of(0, 127, 128, 255));
  const scale = 0.007843137718737125; // a float32; one code is 1/127.5

  const real = values(raw, { kind: 'affine', scale, zp: 127 });

  // By numpy.float32: (q - 127) * scale.
  expect(real).toEqual([-0.9960784912109375, 0, 0.007843137718737125, 1.003921627998352].map(Math.fround));
});

test('affine takes its scale as the float32 the runtime holds', () => {
  const raw = tensor('uint8', [1], Uint8Array.of(3));

  expect(values(raw, { kind: 'affine', scale: 0.1, zp: 0 })).toEqual([0.30000001192092896]);
});

test('dynamic fixed point is q * 2^-fl, for positive, zero and negative fl', () => {
  const raw = tensor('int16', [3], Int16Array.of(-32_768, 1, 32_767));

  expect(values(raw, { kind: 'dfp', fl: 8 })).toEqual([-128, 0.00390625, 127.99609375]);
  expect(values(raw, { kind: 'dfp', fl: 0 })).toEqual([-32_768, 1, 32_767]);
  expect(values(raw, { kind: 'dfp', fl: -3 })).toEqual([-262_144, 8, 262_136]);
});

describe('contradictions are refused', () => {
  const bytes = tensor('uint8', [1], Uint8Array.of(1));

  test.each([
    [
      'float16 called affine',
      tensor('float16', [1], new Uint16Array(1)),
      { kind: 'affine', scale: 1, zp: 0 },
    ],
    ['bool called dfp', tensor('bool', [1], new Uint8Array(1)), { kind: 'dfp', fl: 1 }],
    ['scale 0', bytes, { kind: 'affine', scale: 0, zp: 0 }],
    ['scale NaN', bytes, { kind: 'affine', scale: NaN, zp: 0 }],
    ['a scale that no float32 holds', bytes, { kind: 'affine', scale: 1e39, zp: 0 }],
    ['half a zero point', bytes, { kind: 'affine', scale: 1, zp: 0.5 }],
    ['half an fl', bytes, { kind: 'dfp', fl: 0.5 }],
    ['an absurd fl', bytes, { kind: 'dfp', fl: -2000 }],
  ] as const)('%s', (_, raw, quantisation) => {
    expect(() => dequantise(raw, quantisation)).toThrow(DequantisationError);
  });
});
