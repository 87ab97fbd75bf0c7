import { expect, test } from 'vitest';
import { check, comparisonOf, softmaxComparison } from '../fixture-records.ts';
import { checkRows, formatLimits } from './check-rows.ts';

test('a check that failed shows the limit that would just have passed, unrounded', () => {
  const rows = checkRows(
    comparisonOf([
      softmaxComparison([0.9, 0.1], [0.8, 0.2], {
        metrics: {},
        margins: [2.197, 1.386],
        checks: [check('atol', 0.1, 0.03, { atol: 0.10000001 }), check('top-1', 0, 0)],
      }),
    ]),
  );

  expect(rows).toEqual([
    {
      output: 'prob',
      check: 'atol',
      value: '0.1',
      limit: '0.03',
      used: '334 %',
      wouldPass: '{ atol: 0.10000001 }',
      ok: false,
    },
    { output: 'prob', check: 'top-1', value: '0', limit: '0', used: '0 %', wouldPass: '', ok: true },
  ]);
  expect(formatLimits({})).toBe('-');
});
