import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { roundDownFromOne, roundUp } from './round-limit.ts';

test.each([
  [0.011021, 0.0111],
  [0.03, 0.03],
  [12345, 12400],
  [1, 1],
  [0.9999, 1],
  [1e-7, 1e-7],
  [0, 0],
])('%d is rounded up to %d', (value, rounded) => {
  expect(roundUp(value)).toBe(rounded);
});

test.each([
  [0.999927, 0.999927],
  [0.9753390250264, 0.9753],
  [0.044383, 0.044],
  [-0.5, -0.5],
  [-0.333333, -0.34],
  [-1, -1],
  [1, 1],
  [1 - 1e-13, 0.9999999999999],
])('%d is rounded down to %d', (value, rounded) => {
  expect(roundDownFromOne(value)).toBe(rounded);
});

test('is never below, hardly above, and short', () => {
  const anyPositive = fc.double({ min: 1e-18, max: 1e20, noNaN: true });
  fc.assert(
    fc.property(anyPositive, (value) => {
      const rounded = roundUp(value);

      expect(rounded).toBeGreaterThanOrEqual(value);
      expect(rounded).toBeLessThanOrEqual(value * 1.0101);
      expect(
        String(rounded)
          .replace(/e.*|[-.]/g, '')
          .replace(/^0+|0+$/g, '').length,
      ).toBeLessThanOrEqual(3);
    }),
    { numRuns: 2000 },
  );
});

test('a lower limit is never above, and takes little away', () => {
  fc.assert(
    fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (value) => {
      const rounded = roundDownFromOne(value);

      expect(rounded).toBeLessThanOrEqual(value);
      expect(value - rounded).toBeLessThanOrEqual(Math.max(1e-15, (1 - value) * 0.011));
    }),
    { numRuns: 2000 },
  );
});
