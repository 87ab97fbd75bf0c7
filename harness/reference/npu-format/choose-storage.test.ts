import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseAffine, chooseFl, chooseStorage } from './choose-storage.ts';

test.each([
  // Ranges and numbers of the vendor's own models: a SqueezeNet fed 0..255, a detector with mean 127.5 and std 128.
  [
    { min: 0, max: 255 },
    { scale: 1, zp: 0 },
  ],
  [
    { min: -127.5 / 128, max: 127.5 / 128 },
    { scale: 0.0078125, zp: 128 },
  ],
  [
    { min: -128, max: 127 },
    { scale: 1, zp: 128 },
  ],
  // The range is widened to contain 0.
  [
    { min: 10, max: 51 },
    { scale: Math.fround(0.2), zp: 0 },
  ],
  [
    { min: -51, max: -10 },
    { scale: Math.fround(0.2), zp: 255 },
  ],
  [
    { min: 0, max: 0 },
    { scale: 1, zp: 0 },
  ],
])('u8 for %j', (range, expected) => {
  expect(chooseAffine(range)).toEqual(expected);
});

test('a u8 grid holds 0 exactly and both ends of the range within half a step', () => {
  const end = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
  fc.assert(
    fc.property(end, end, (a, b) => {
      const range = { min: Math.min(a, b), max: Math.max(a, b) };
      fc.pre(range.max - range.min > 1e-30);

      const { scale, zp } = chooseAffine(range);

      expect(Number.isInteger(zp) && zp >= 0 && zp <= 255).toBe(true);
      expect((0 - zp) * scale).toBeLessThanOrEqual(Math.min(range.min, 0) + 0.501 * scale);
      expect((255 - zp) * scale).toBeGreaterThanOrEqual(Math.max(range.max, 0) - 0.501 * scale);
    }),
  );
});

test.each([
  // The vendor's MobileNet: -1..1 at fl 7, although 1 itself saturates by a step.
  [{ min: -1, max: 1 }, 8, 7],
  [{ min: 0, max: 1.01 }, 8, 6],
  [{ min: -100, max: 3 }, 8, 0],
  [{ min: 0, max: 300 }, 8, -2],
  [{ min: 0, max: 0.001 }, 8, 16],
  [{ min: -1, max: 1 }, 16, 15],
  [{ min: 0, max: 0 }, 16, 15],
] as const)('fl for %j in %d bits', (range, bits, expected) => {
  expect(chooseFl(range, bits)).toBe(expected);
});

test('the largest magnitude fits, and would not fit with one more bit of fraction', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 1e-9, max: 1e9 }), (largest) => {
      const fl = chooseFl({ min: 0, max: largest }, 8);

      expect(largest).toBeLessThanOrEqual(2 ** (7 - fl));
      expect(largest).toBeGreaterThan(2 ** (7 - (fl + 1)));
    }),
  );
});

test('float16 models do not look at the range', () => {
  expect(chooseStorage('fp16', { min: NaN, max: NaN })).toEqual({
    dtype: 'float16',
    quantisation: { kind: 'none' },
  });
});
