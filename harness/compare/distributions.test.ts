import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { distributionDistance } from './distributions.ts';

const oneRow = (length: number) => ({ count: 1, length });

test('is the textbook’s for one half against one quarter', () => {
  const { kl } = distributionDistance(Float32Array.of(0.5, 0.5), Float32Array.of(0.25, 0.75), oneRow(2));

  // 0.5 ln 2 + 0.5 ln (2/3)
  expect(kl).toBeCloseTo(0.5 * Math.LN2 + 0.5 * Math.log(2 / 3), 12);
});

test('normalises both sides: a common factor is not seen here, but the sums are', () => {
  const golden = Float32Array.of(0.5, 0.5);
  const board = Float32Array.of(0.375, 0.375);

  const distance = distributionDistance(golden, board, oneRow(2));

  expect(distance.kl).toBe(0);
  expect(distance.sumError).toBe(0.25);
});

test('normalises before it looks for classes that are too small', () => {
  const board = Float32Array.of(1e-9, 3e-9);

  const { kl } = distributionDistance(Float32Array.of(0.5, 0.5), board, oneRow(2));

  expect(kl).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 6);
});

test('names the worst row of each', () => {
  const golden = Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
  const board = Float32Array.of(0.5, 0.5, 0.25, 0.75, 0.25, 0.25);

  const distance = distributionDistance(golden, board, { count: 3, length: 2 });

  expect(distance.klRow).toBe(1);
  expect(distance.sumErrorRow).toBe(2);
  expect(distance.sumError).toBe(0.5);
});

test('a class that fp16 cannot hold does not make it infinite', () => {
  const golden = Float32Array.of(1 - 1e-9, 1e-9);

  expect(distributionDistance(golden, Float32Array.of(1, 0), oneRow(2)).kl).toBeLessThan(1e-8);
});

test('a class that vanishes though it mattered costs p ln(p * 2^24)', () => {
  const { kl } = distributionDistance(Float32Array.of(0.5, 0.5), Float32Array.of(1, 0), oneRow(2));

  expect(kl).toBeCloseTo(0.5 * Math.log(0.5) + 0.5 * Math.log(0.5 * 2 ** 24), 9);
});

test.each([
  [Float32Array.of(NaN, 1), 'NaN'],
  [Float32Array.of(0, 0), 'a board that hung'],
  [Float32Array.of(-1, -1), 'negative sums'],
])('a board of %s (%s) has no finite distance', (board) => {
  const { kl } = distributionDistance(Float32Array.of(0.5, 0.5), board, oneRow(2));

  expect(kl <= Number.MAX_VALUE).toBe(false);
});

test('NaN in one row is not covered by a later row', () => {
  const golden = Float32Array.of(0.5, 0.5, 0.5, 0.5);
  const board = Float32Array.of(NaN, 0.5, 0.1, 0.9);

  const distance = distributionDistance(golden, board, { count: 2, length: 2 });

  expect([distance.kl, distance.sumError]).toEqual([NaN, NaN]);
});

test('agrees with the plain formula at every ratio', () => {
  const probability = fc.float({ min: Math.fround(1e-4), max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(probability, probability), { minLength: 2, maxLength: 90 }), (drawn) => {
      const p = drawn.map(([value]) => value);
      const q = drawn.map(([, value]) => value);
      const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
      const plain = p.reduce(
        (sum, value, i) => sum + (value / total(p)) * Math.log(value / total(p) / (q[i]! / total(q))),
        0,
      );

      const { kl } = distributionDistance(Float32Array.from(p), Float32Array.from(q), oneRow(p.length));

      expect(kl).toBeGreaterThanOrEqual(0);
      expect(Math.abs(kl - plain)).toBeLessThan(1e-9 * Math.max(1, plain));
    }),
    { numRuns: 500 },
  );
});
