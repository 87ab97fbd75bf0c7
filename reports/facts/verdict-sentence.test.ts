import { expect, test } from 'vitest';
import { caseRecord } from '../fixture-records.ts';
import { failedByFlip, passed } from '../fixture-run.ts';
import { verdictSentence } from './verdict-sentence.ts';

test('every verdict has its sentence', () => {
  expect(verdictSentence(passed)).toBe('tightest check: margin is 0.0307, limit 0.6261 (4 % used)');
  expect(verdictSentence(failedByFlip)).toMatch(/^top-1 is 1 instead of 0/);
  expect(verdictSentence(caseRecord('a', 'b'))).toBe('within tolerance');
  expect(verdictSentence(caseRecord('a', 'b', { verdict: 'unknown' }))).toBe(
    'unknown, no reason was recorded',
  );
});
