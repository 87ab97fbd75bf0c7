import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { halfUlpDistance } from '../tensor/half.ts';
import { decodeNpz } from '../tensor/npz.ts';
import { distributionDistance } from './distributions.ts';
import { scanElements } from './element-scan.ts';
import { metricsOfScan } from './metrics.ts';
import { rowsOf } from './rows.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const pairs = decodeNpz(fixture('pairs.npz'), 'pairs.npz');
const numpyMetrics = JSON.parse(fixture('metrics.json').toString()) as Record<string, Record<string, number>>;

function pairOf(name: string): { golden: Float32Array; board: Float32Array; shape: readonly number[] } {
  const golden = pairs.get(`${name}/golden`)!;
  return {
    golden: golden.data as Float32Array,
    board: pairs.get(`${name}/board`)!.data as Float32Array,
    shape: golden.shape,
  };
}

describe.each(Object.entries(numpyMetrics))('the numbers of %s are NumPy’s', (name, expected) => {
  const { golden, board, shape } = pairOf(name);
  const kl = distributionDistance(golden, board, rowsOf(shape)).kl;

  test.each([
    ['float32, in chunks', golden, board],
    ['float64, an element at a time', Float64Array.from(golden), Float64Array.from(board)],
  ])('read as %s', (_, goldenValues, boardValues) => {
    const scan = scanElements(goldenValues, boardValues, 1e-3, 1e-2);

    const metrics = metricsOfScan(scan, kl, goldenValues, boardValues, shape);

    const found: Record<string, number> = {
      ...metrics,
      worstAt: metrics.worst?.flat ?? -1,
      used: scan.usedTolerance,
      neededAtol: scan.neededAtol,
    } as never;
    const deviations = Object.keys(expected).filter(
      (key) => !(Math.abs(found[key]! - expected[key]!) <= 1e-10 * Math.max(1, Math.abs(expected[key]!))),
    );
    expect(deviations).toEqual([]);
    expect(found['maxUlp']).toBe(expected['maxUlp']);
    expect(found['maxAbsError']).toBe(expected['maxAbsError']);
  });
});

test('all numbers of a pair worked by hand', () => {
  const golden = Float32Array.of(3, 0, -4, 0);
  const board = Float32Array.of(3, 0.5, -2, 0);

  const scan = scanElements(golden, board, 1, 0.25);
  const metrics = metricsOfScan(scan, NaN, golden, board, [2, 2]);

  expect(metrics).toEqual({
    elementCount: 4,
    identical: false,
    maxAbsError: 2,
    meanAbsError: 0.625, // (0 + 0.5 + 2 + 0) / 4
    maxRelError: 0.5, // 2 / 4
    nonzeroWhereGoldenZero: 1,
    rmse: Math.sqrt(4.25 / 4),
    cosine: 17 / Math.sqrt(25 * 13.25),
    snrDb: 10 * Math.log10(25 / 4.25),
    gain: 17 / 25,
    kl: NaN,
    maxUlp: 14 * 1024, // from 0 to 0.5 = 2^-1: 1024 subnormal steps and 13 powers of two
    goldenNonFinite: 0,
    boardNonFinite: 0,
    worst: { flat: 2, index: [1, 0], golden: -4, board: -2 },
  });
  expect(scan.usedTolerance).toBe(1); // 2 / (1 + 0.25 * 4)
  expect(scan.usedToleranceAt).toBe(2);
  expect(scan.neededAtol).toBe(1); // 2 - 0.25 * 4
});

test('the largest ulp distance and its place are found for any finite floats', () => {
  const floats = fc.array(fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true })), { minLength: 1 });
  fc.assert(
    fc.property(floats, (drawn) => {
      const finite = drawn.filter((pair) => pair.every(Number.isFinite));
      const golden = Float32Array.from(finite, ([value]) => value);
      const board = Float32Array.from(finite, ([, value]) => value);
      const distances = finite.map(([a, b]) => halfUlpDistance(a, b));

      const scan = scanElements(golden, board, 0, 0);

      expect(scan.maxUlp).toBe(Math.max(0, ...distances));
      expect(scan.maxUlpAt).toBe(scan.maxUlp === 0 ? -1 : distances.indexOf(scan.maxUlp));
    }),
    { numRuns: 500 },
  );
});

test('values near the steps of the grid have the distance their halves have', () => {
  const step = fc.integer({ min: -0x7bff, max: 0x7bff });
  const valueAt = (place: number): number =>
    Math.sign(place) *
    (Math.abs(place) < 1024
      ? Math.abs(place) * 2 ** -24
      : (1024 + (Math.abs(place) % 1024)) * 2 ** (Math.floor(Math.abs(place) / 1024) - 25));
  fc.assert(
    fc.property(step, step, (a, b) => {
      const scan = scanElements(Float32Array.of(valueAt(a)), Float32Array.of(valueAt(b)), 0, 0);

      expect(scan.maxUlp).toBe(Math.abs(a - b));
    }),
    { numRuns: 1000 },
  );
});

test('vectors and single elements give the same for any floats, NaN and Inf among them', () => {
  const pair = fc.tuple(fc.float(), fc.float());
  const nearby = fc
    .tuple(fc.float({ min: -1, max: 1, noNaN: true }), fc.float({ min: -1, max: 1, noNaN: true }))
    .map(([value, change]): [number, number] => [value, value + change * 1e-3]);
  const limits = fc.constantFrom([0, 0], [1e-3, 0], [0, 1e-2], [1e-3, 1e-2]);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(nearby, nearby, pair), { maxLength: 70 }),
      limits,
      (drawn, [atol, rtol]) => {
        const golden = Float32Array.from(drawn, ([value]) => value);
        const board = Float32Array.from(drawn, ([, value]) => value);

        const vectors = scanElements(golden, board, atol, rtol);
        const singles = scanElements(Float64Array.from(golden), Float64Array.from(board), atol, rtol);

        const sums = [
          'sumAbsError',
          'sumSquaredError',
          'sumSquaredGolden',
          'sumSquaredBoard',
          'sumProduct',
        ] as const;
        for (const name of sums) {
          // Added up in another order; NaN on both sides, or on neither.
          const scale =
            Math.sqrt(singles.sumSquaredGolden * singles.sumSquaredBoard) + Math.abs(singles[name]);
          const agrees =
            Object.is(vectors[name], singles[name]) ||
            Math.abs(vectors[name] - singles[name]) <= 1e-12 * scale;
          expect([name, agrees]).toEqual([name, true]);
          vectors[name] = singles[name];
        }
        expect(vectors).toEqual(singles);
      },
    ),
    { numRuns: 1000 },
  );
});

test('-0 is 0', () => {
  const scan = scanElements(Float32Array.of(0, -0), Float32Array.of(-0, 0), 0, 0);

  expect(scan.maxUlp).toBe(0);
  expect(scan.nonzeroWhereGoldenZero).toBe(0);
  expect(scan.usedTolerance).toBe(0);
});

describe('NaN and Inf', () => {
  const clean = (): Float32Array => Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i));

  test.each([NaN, Infinity, -Infinity])('a board’s %d in a late chunk makes every number fail', (bad) => {
    const golden = clean();
    const board = clean();
    board[4321] = bad;
    board[4400] = bad;

    const metrics = metricsOfScan(scanElements(golden, board, 1, 1), NaN, golden, board, [50, 100]);

    expect(metrics.boardNonFinite).toBe(2);
    expect(metrics.goldenNonFinite).toBe(0);
    expect(metrics.worst).toEqual({ flat: 4321, index: [43, 21], golden: golden[4321], board: bad });
    expect(Number.isFinite(metrics.maxAbsError)).toBe(false);
    expect(Number.isFinite(metrics.meanAbsError)).toBe(false);
    expect(Number.isFinite(metrics.rmse)).toBe(false);
    expect([metrics.maxRelError, metrics.cosine, metrics.maxUlp]).toEqual([NaN, NaN, NaN]);
    expect(metrics.gain === 1 || Number.isFinite(metrics.gain)).toBe(false);
  });

  test('an infinity on both sides does not cancel', () => {
    const both = Float32Array.of(1, Infinity);

    const metrics = metricsOfScan(scanElements(both, both, 1, 0), NaN, both, both, [2]);

    expect(metrics.maxAbsError).toBeNaN();
    expect([metrics.goldenNonFinite, metrics.boardNonFinite]).toEqual([1, 1]);
  });

  test('the board’s first is named before the golden’s', () => {
    const golden = Float32Array.of(NaN, 1, 2);
    const board = Float32Array.of(0, 1, NaN);

    expect(scanElements(golden, board, 0, 0).nonFiniteAt).toBe(2);
    expect(scanElements(golden, Float32Array.of(0, 1, 2), 0, 0).nonFiniteAt).toBe(0);
  });
});

test('a window into a larger buffer is read, not its surroundings', () => {
  const golden = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  const board = Float32Array.of(7, 7, 1, 2.5, 7).subarray(2, 4);

  const scan = scanElements(golden, board, 0, 0);

  expect(scan.maxAbsError).toBe(0.5);
  expect(scan.maxUlp).toBe(256);
});
