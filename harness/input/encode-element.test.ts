import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dequantise } from '../tensor/dequantise.ts';
import { allocate } from '../tensor/dtype.ts';
import { halfToFloat } from '../tensor/half.ts';
import { notQuantised, type Quantisation } from '../tensor/quantisation.ts';
import { tensor } from '../tensor/tensor.ts';
import { elementEncoder } from './encode-element.ts';
import { normalise } from './normalise.ts';

const affine = (scale: number, zp: number): Quantisation => ({ kind: 'affine', scale, zp });

describe('truncating, stores what the vendor’s runtime stores', () => {
  // Worked vectors of the runtime's rules for real models; the first line is the vendor's MobileNet.
  const pixels = [0, 1, 64, 127, 128, 200, 254, 255];

  test.each([
    ['uint8', affine(0.007843137718737125, 127), 127.5, 127.5, [0, 0, 63, 126, 127, 199, 253, 254]],
    ['uint8', affine(0.0078125, 128), 127.5, 128, [0, 1, 64, 127, 128, 200, 254, 255]],
    ['int8', { kind: 'dfp', fl: 7 }, 127.5, 127.5, [-128, -126, -63, 0, 0, 72, 126, 127]],
    ['uint8', affine(1, 128), 128, 1, [0, 1, 64, 127, 128, 200, 254, 255]],
  ] as const)('%s %j, mean %d, std %d', (dtype, quantisation, mean, std, expected) => {
    const encode = elementEncoder(dtype, quantisation, 'truncate');

    expect([...Int16Array.from(pixels, (pixel) => encode(normalise(pixel, mean, std)))]).toEqual(expected);
  });
});

describe('without quantisation', () => {
  test.each([
    ['uint8', 'nearest', [0, 0, 2, 2, 128, 255, 255]],
    ['uint8', 'truncate', [0, 0, 1, 2, 127, 255, 255]],
    ['int8', 'nearest', [-128, 0, 2, 2, 127, 127, 127]],
    ['int8', 'truncate', [-128, 0, 1, 2, 127, 127, 127]],
    ['int16', 'nearest', [-300, 0, 2, 2, 128, 300, 32767]],
    ['int16', 'truncate', [-300, 0, 1, 2, 127, 300, 32767]],
  ] as const)('%s, %s: saturates, ties to even', (dtype, rounding, expected) => {
    const encode = elementEncoder(dtype, notQuantised, rounding);

    expect([...Int16Array.from([-300, 0.5, 1.5, 2.5, 127.5, 300, 1e9], encode)]).toEqual(expected);
  });

  test.each([
    ['nearest', 1 + 2 ** -11 + 2 ** -12, 1 + 2 ** -10],
    ['truncate', 1 + 2 ** -11 + 2 ** -12, 1],
    ['nearest', 1e6, 65_504],
    ['truncate', -Infinity, -65_504],
    ['nearest', 2 ** -15, 2 ** -15],
    ['truncate', 2 ** -15, 0],
  ] as const)('float16, %s: %d becomes %d', (rounding, value, expected) => {
    expect(halfToFloat(elementEncoder('float16', notQuantised, rounding)(value))).toBe(expected);
  });
});

test('rounding, stays within half a step of every value in range', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 4, noNaN: true }),
      fc.integer({ min: 0, max: 255 }),
      fc.double({ min: 0, max: 255, noNaN: true }),
      (step, zp, place) => {
        const scale = Math.fround(step);
        const value = Math.fround((place - zp) * scale);
        const quantisation = affine(scale, zp);

        const stored = allocate('uint8', 1);
        stored[0] = elementEncoder('uint8', quantisation, 'nearest')(value);
        const [read] = dequantise(tensor('uint8', [1], stored), quantisation).data;

        // A float32 division and product may each be off by an ulp.
        expect(Math.abs(read! - value)).toBeLessThanOrEqual(scale * (0.5 + 1e-4));
      },
    ),
  );
});

test('dynamic fixed point takes negative fl', () => {
  const encode = elementEncoder('int8', { kind: 'dfp', fl: -2 }, 'nearest');

  expect([100, 102, 106, -2000].map(encode)).toEqual([25, 26, 26, -128]);
});
