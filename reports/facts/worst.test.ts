import { expect, test } from 'vitest';
import { comparisonOf, metricsOf } from '../fixture-records.ts';
import { largestError, lowestCosine, tightestCheck, worstErrorCheck } from './worst.ts';

test('NaN is worse than any number when the worst is looked for', () => {
  const values = (name: string, maxAbsError: number, cosine: number, used: number) => ({
    name,
    kind: 'values' as const,
    shape: [2],
    metrics: metricsOf({ maxAbsError, cosine }),
    limits: { atol: 1 },
    checks: [{ name: 'atol', value: maxAbsError, limit: 1, used, ok: used <= 1, wouldPass: {} }],
  });
  const mixed = comparisonOf([values('a', 5, 0.1, 5), values('b', NaN, NaN, NaN), values('c', 7, 0.05, 7)]);
  const finite = comparisonOf([values('a', 5, 0.1, 5), values('c', 7, 0.05, 7)]);

  expect(tightestCheck(mixed)?.output.name).toBe('b');
  expect(worstErrorCheck(mixed)?.output.name).toBe('b');
  expect(lowestCosine(mixed)).toBeNaN();
  expect(largestError(mixed)).toBeNaN();
  expect(worstErrorCheck(finite)?.output.name).toBe('c');
  expect(lowestCosine(finite)).toBe(0.05);
  expect(largestError(finite)).toBe(7);
});
