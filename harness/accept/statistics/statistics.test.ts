import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holm } from './holm.ts';
import { betaQuantile, incompleteBeta, logGamma } from './incomplete-beta.ts';
import { mcNemar } from './mcnemar.ts';
import { effectSize, pairedMean } from './mean.ts';
import { inputsToShow, proportionInterval, rateBelow } from './proportion.ts';
import { hodgesLehmann } from './signed-rank.ts';
import { slopeThroughOrigin } from './slope.ts';
import { studentCritical, studentTwoSided } from './student-t.ts';

interface Paired {
  readonly differences: readonly number[];
  readonly confidence: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
}
interface Slope extends Omit<Paired, 'differences' | 'mean'> {
  readonly x: readonly (readonly number[])[];
  readonly weight: readonly (readonly number[])[];
  readonly d: readonly (readonly number[])[];
  readonly slope: number;
  readonly standardError: number;
}
/** From SciPy and NumPy: fixtures/make_vectors.py. */
const vectors = JSON.parse(readFileSync(new URL('fixtures/vectors.json', import.meta.url), 'utf8')) as {
  readonly incompleteBeta: readonly { a: number; b: number; x: number; value: number }[];
  readonly studentCritical: readonly { confidence: number; df: number; value: number }[];
  readonly paired: readonly Paired[];
  readonly slope: readonly Slope[];
  readonly hodgesLehmann: readonly (Omit<Paired, 'mean' | 'p'> & { value: number; covered: number })[];
  readonly proportion: readonly {
    hits: number;
    trials: number;
    confidence: number;
    low: number;
    high: number;
    below: number;
  }[];
  readonly mcnemar: readonly { broken: number; fixed: number; p: number; midP: number }[];
};

describe('against SciPy', () => {
  test.each(vectors.incompleteBeta)('I_$x($a, $b) is $value', ({ a, b, x, value }) => {
    expect(incompleteBeta(a, b, x)).toBeCloseTo(value, 11);
    expect(betaQuantile(a, b, value)).toBeCloseTo(x, 8);
  });

  test.each(vectors.studentCritical)(
    'the $confidence interval of Student’s t with $df degrees of freedom reaches to $value',
    ({ confidence, df, value }) => {
      expect(studentCritical(confidence, df) / value).toBeCloseTo(1, 9);
      expect(studentTwoSided(value, df)).toBeCloseTo(1 - confidence, 11);
    },
  );

  test.each(vectors.paired)('the mean of paired differences is $mean', (expected) => {
    const found = pairedMean(expected.differences, expected.confidence);

    expect(found.value).toBeCloseTo(expected.mean, 12);
    expect(found.low).toBeCloseTo(expected.low, 9);
    expect(found.high).toBeCloseTo(expected.high, 9);
    expect(found.p).toBeCloseTo(expected.p, 10);
  });

  test.each(vectors.slope)('the clustered slope is $slope', (expected) => {
    const terms = expected.x.map((row, i) => {
      const sum = (of: (x: number, c: number) => number) => row.reduce((total, x, c) => total + of(x, c), 0);
      return {
        xx: sum((x, c) => expected.weight[i]![c]! * x * x),
        xd: sum((x, c) => expected.weight[i]![c]! * x * expected.d[i]![c]!),
        gridVariance: 0,
      };
    });

    const found = slopeThroughOrigin(terms, expected.confidence)!;

    expect(found.value).toBeCloseTo(expected.slope, 12);
    expect(found.standardError).toBeCloseTo(expected.standardError, 12);
    expect(found.low).toBeCloseTo(expected.low, 9);
    expect(found.high).toBeCloseTo(expected.high, 9);
    expect(found.p).toBeCloseTo(expected.p, 9);
  });

  test.each(vectors.hodgesLehmann)('Hodges and Lehmann’s estimate is $value', (expected) => {
    const found = hodgesLehmann(expected.differences, expected.confidence);

    expect(found.value).toBeCloseTo(expected.value, 12);
    expect(found.low).toBeCloseTo(expected.low, 12);
    expect(found.high).toBeCloseTo(expected.high, 12);
    expect(found.confidence).toBeCloseTo(expected.covered, 12);
  });

  test.each(vectors.proportion)('$hits of $trials', ({ hits, trials, confidence, low, high, below }) => {
    const found = proportionInterval(hits, trials, confidence);

    expect(found.low).toBeCloseTo(low, 10);
    expect(found.high).toBeCloseTo(high, 10);
    expect(rateBelow(hits, trials, confidence)).toBeCloseTo(below, 10);
  });

  test.each(vectors.mcnemar)('$broken broken and $fixed fixed', ({ broken, fixed, p, midP }) => {
    const found = mcNemar(broken, fixed);

    expect(found.p).toBeCloseTo(p, 11);
    expect(found.midP).toBeCloseTo(midP, 11);
  });
});

describe('against values worked by hand', () => {
  test('gamma of whole numbers is a factorial, and of a half the root of pi', () => {
    expect(Math.exp(logGamma(6))).toBeCloseTo(120, 9);
    expect(Math.exp(logGamma(0.5)) ** 2).toBeCloseTo(Math.PI, 12);
    expect(Math.exp(logGamma(0.25))).toBeCloseTo(3.625609908221908, 12);
  });

  test('no flips in 300 inputs: the rate is below 1 %, which the rule of three says too; 1,000 would say 0.3 %', () => {
    expect(rateBelow(0, 300, 0.95)).toBeCloseTo(1 - 0.05 ** (1 / 300), 14);
    expect(rateBelow(0, 300, 0.95)).toBeCloseTo(3 / 300, 3);
    expect(rateBelow(0, 1000, 0.95)).toBeCloseTo(0.003, 4);
    expect(inputsToShow(0.01, 0.95)).toBe(299);
  });

  test('five breaks and no fix: 2 / 2^5', () => {
    expect(mcNemar(5, 0).p).toBeCloseTo(2 / 32, 14);
  });

  test('Holm multiplies the smallest p-value by the number of tests, the next by one less, and keeps the order', () => {
    const adjusted = holm([0.03, 0.01, 0.04, NaN]);

    // 0.01 x 4, then 0.03 x 3, then 0.04 x 2, which may not be below the one before.
    expect(adjusted.map((p) => Number(p.toFixed(12)))).toEqual([0.09, 0.04, 0.09, 1]);
  });

  test('differences that are all alike have the interval that the grid leaves, and none without a grid', () => {
    const alike = Array.from({ length: 20 }, () => 0.5);

    expect(pairedMean(alike, 0.99)).toMatchObject({ value: 0.5, low: 0.5, high: 0.5, p: 0 });
    expect(pairedMean(alike, 0.99, 0.1).high).toBeCloseTo(0.5 + 0.1 * studentCritical(0.99, 19), 12);
    expect(pairedMean([0, 0, 0], 0.99)).toMatchObject({ value: 0, low: 0, high: 0, p: 1 });
    // Where nothing changed, nothing is estimated: 2.5758 is the normal distribution's number.
    expect(pairedMean([0, 0], 0.99, 0.1).high).toBeCloseTo(0.25758, 4);
  });

  test('the effect size is the mean in units of the spread', () => {
    expect(effectSize([1, 3])).toBeCloseTo(Math.SQRT2, 12);
    expect(effectSize([0, 0, 0])).toBe(0);
  });

  test('a slope needs two inputs that both can do without the other', () => {
    const term = { xx: 1, xd: 0.5, gridVariance: 0 };

    expect(slopeThroughOrigin([term], 0.99)).toBeUndefined();
    expect(slopeThroughOrigin([term, { xx: 0, xd: 0, gridVariance: 0 }], 0.99)).toBeUndefined();
    expect(slopeThroughOrigin([term, term], 0.99)).toMatchObject({ value: 0.5, standardError: 0 });
  });
});

test('Holm never makes a p-value smaller, and keeps them in order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (pValues) => {
      const adjusted = holm(pValues);
      const inOrder = pValues.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p || a.i - b.i);
      expect(adjusted.filter((p, i) => p < pValues[i]!)).toEqual([]);
      expect(inOrder.map(({ i }) => adjusted[i]!)).toEqual([...adjusted].sort((a, b) => a - b));
    }),
  );
});

test('the exact interval holds the share, and its bound is the rate at which so few hits are just improbable', () => {
  const samples = fc
    .integer({ min: 1, max: 400 })
    .chain((trials) => fc.tuple(fc.nat(trials - 1), fc.constant(trials)));
  fc.assert(
    fc.property(samples, ([hits, trials]) => {
      const { low, high, share } = proportionInterval(hits, trials, 0.95);
      expect(low).toBeLessThanOrEqual(share);
      expect(high).toBeGreaterThanOrEqual(share);
      // P(X <= hits) at the bound is 5 %: 1 - I_rate(hits + 1, trials - hits).
      const rate = rateBelow(hits, trials, 0.95);
      expect(1 - incompleteBeta(hits + 1, trials - hits, rate)).toBeCloseTo(0.05, 8);
    }),
  );
});
