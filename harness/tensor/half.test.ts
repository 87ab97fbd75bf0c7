import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from './content-hash.ts';
import { bytesOf } from './dtype.ts';
import {
  floatToHalf,
  floatToHalfTruncated,
  floatsToHalvesTruncated,
  floatsToHalves,
  halfToFloat,
  halfUlpDistance,
  halvesToFloats,
  orderedHalf,
} from './half.ts';

const allBits = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
const isNaNBits = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;
const numberBits = allBits.filter((bits) => !isNaNBits(bits));

function numpyRoundings(): { value: number; bits: number }[] {
  const file = readFileSync(new URL('./fixtures/to-half.bin', import.meta.url));
  return Array.from({ length: file.length / 10 }, (_, i) => ({
    value: file.readDoubleLE(i * 10),
    bits: file.readUInt16LE(i * 10 + 8),
  }));
}

describe('widening', () => {
  test('gives NumPy’s value for every bit pattern that is a number', () => {
    const expected = readFileSync(new URL('./fixtures/halves.sha256', import.meta.url), 'utf8').trim();

    const values = halvesToFloats(numberBits);

    expect(values).toHaveLength(63_490);
    expect(sha256Hex(bytesOf(values))).toBe(expected);
  });

  test('gives NaN for every NaN pattern', () => {
    const nans = halvesToFloats(allBits.filter(isNaNBits));

    expect(nans).toHaveLength(2046);
    expect(nans.every(Number.isNaN)).toBe(true);
  });

  test.each([
    [0x3b94, 0.947265625],
    [0x2ac5, 0.052886962890625],
    [0x7bff, 65504],
    [0x0400, 6.103515625e-5],
    [0x0001, 5.960464477539063e-8],
    [0xfc00, -Infinity],
  ])('reads %i as the published value %d', (bits, value) => {
    expect(halfToFloat(bits)).toBe(value);
  });
});

describe('rounding to nearest even', () => {
  test('brings every half back to its own bits', () => {
    const back = floatsToHalves(halvesToFloats(numberBits));

    expect(back).toEqual(numberBits);
  });

  test('rounds ties, their neighbours, overflows and random doubles as NumPy does', () => {
    const expected = numpyRoundings();

    const wrong = expected.filter(({ value, bits }) => floatToHalf(value) !== bits);

    expect(expected.length).toBeGreaterThan(2000);
    expect(wrong).toEqual([]);
  });

  test('never goes through float32: a value just above a tie that float32 would put on the tie', () => {
    const tie = 1 + 2 ** -11;
    const above = tie + 2 ** -40;

    expect(Math.fround(above)).toBe(tie);
    expect(floatToHalf(tie)).toBe(0x3c00);
    expect(floatToHalf(above)).toBe(0x3c01);
  });
});

describe('truncation', () => {
  test('takes the largest half that is not above the magnitude', () => {
    fc.assert(
      fc.property(fc.double({ min: -65_504, max: 65_504, noNaN: true }), (value) => {
        const bits = floatToHalfTruncated(value);

        const magnitude = Math.abs(value);
        expect(Math.abs(halfToFloat(bits))).toBeLessThanOrEqual(magnitude);
        expect(halfToFloat((bits & 0x7fff) + 1)).toBeGreaterThan(magnitude);
        expect(Math.sign(halfToFloat(bits)) * Math.sign(value)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('cuts what rounding would raise', () => {
    const value = -179.990646; // nearest half -180, toward zero -179.875

    expect(halfToFloat(floatToHalf(value))).toBe(-180);
    expect(halfToFloat(floatToHalfTruncated(value))).toBe(-179.875);
  });

  test('stops finite values at 65504, and infinities only when told to saturate', () => {
    expect(halfToFloat(floatToHalfTruncated(1e9))).toBe(65_504);
    expect(halfToFloat(floatToHalfTruncated(-Infinity))).toBe(-Infinity);
    expect(halfToFloat(floatToHalfTruncated(-Infinity, { saturate: true }))).toBe(-65_504);
  });

  test('keeps subnormals unless told to flush them, and keeps the sign of what it flushed', () => {
    const subnormal = -(2 ** -15);

    expect(halfToFloat(floatToHalfTruncated(subnormal))).toBe(subnormal);
    expect(floatToHalfTruncated(subnormal, { flushSubnormals: true })).toBe(0x8000);
    expect(floatToHalfTruncated(2 ** -14, { flushSubnormals: true })).toBe(0x0400);
  });

  test('keeps NaN', () => {
    expect(halfToFloat(floatToHalfTruncated(NaN, { saturate: true, flushSubnormals: true }))).toBeNaN();
  });
});

describe('many at once', () => {
  test('are rounded and truncated as each alone', () => {
    const near = (bits: number) => [-1, 0, 1].map((step) => (bits + step) >>> 0);
    // Everything that lies between two halves, on a tie between them, and beside one, of both signs; and any bits.
    const interesting = Array.from({ length: 0x8000 }, (_, half) => half).flatMap((half) => {
      const word = ((half >> 10) + 112) * 2 ** 23 + (half & 0x3ff) * 2 ** 13;
      return [...near(word), ...near(word + 0x1000), ...near(word + 0x8000_0000)];
    });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff_ffff })), (any) => {
        const floats = new Float32Array(Uint32Array.from(any).buffer);
        expect([...floatsToHalves(floats)]).toEqual([...floats].map(floatToHalf));
      }),
    );

    const floats = new Float32Array(Uint32Array.from(interesting).buffer);
    const differing = (ours: Uint16Array, one: (value: number) => number) =>
      ours.findIndex((bits, i) => bits !== one(floats[i]!));

    expect(differing(floatsToHalves(floats), floatToHalf)).toBe(-1);
    for (const options of [{}, { saturate: true }, { saturate: true, flushSubnormals: true }]) {
      const one = (value: number) => floatToHalfTruncated(value, options);
      expect(differing(floatsToHalvesTruncated(floats, options), one)).toBe(-1);
    }
  });
});

describe('ulp distance', () => {
  test('orders all halves as their values are ordered, one step apart', () => {
    const byPlace = [...numberBits].sort((a, b) => orderedHalf(a) - orderedHalf(b));

    const places = new Set(byPlace.map(orderedHalf));
    const values = byPlace.map(halfToFloat);

    expect(places.size).toBe(63_489); // both zeros share a place
    expect(values.every((value, i) => i === 0 || value >= values[i - 1]!)).toBe(true);
  });

  test.each([
    [0, -0, 0],
    [0, 2 ** -24, 1],
    [-(2 ** -24), 2 ** -24, 2],
    [0.25, 0.5, 1024],
    [65_504, Infinity, 1],
    [0.958134, 0.947265625, 22],
    [0.041866, 0.052886962890625, 361],
  ])('of %d and %d is %i', (a, b, steps) => {
    expect(halfUlpDistance(a, b)).toBe(steps);
    expect(halfUlpDistance(b, a)).toBe(steps);
  });

  test('is NaN where a side is NaN', () => {
    expect(halfUlpDistance(NaN, 1)).toBeNaN();
    expect(halfUlpDistance(1, NaN)).toBeNaN();
  });
});
