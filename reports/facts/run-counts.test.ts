import { expect, test } from 'vitest';
import { fixtureSummary, passed } from '../fixture-run.ts';
import { countRecords, simulationNotice, summaryLine } from './run-counts.ts';

test('counts every verdict, and marginal passes as passes', () => {
  const counts = countRecords(fixtureSummary.records);

  expect(counts.byVerdict).toEqual({ passed: 4, failed: 3, broken: 2, skipped: 1, unknown: 0 });
  expect(summaryLine(counts, 42_300)).toBe('4 passed (1 marginal), 3 failed, 2 broken, 1 skipped in 42.3 s');
  expect(simulationNotice(counts)).toBe('7 of 10 results are simulated; they say nothing about a real NPU.');
});

test('unknown cases are counted where there are any', () => {
  const counts = countRecords([{ ...passed, verdict: 'unknown' }]);

  expect(summaryLine(counts, 0)).toBe('0 passed, 0 failed, 0 broken, 0 skipped, 1 unknown in 0 ms');
});
