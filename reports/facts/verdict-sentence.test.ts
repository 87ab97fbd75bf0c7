import { expect, test } from 'vitest';
import { caseRecord } from '../fixture-records.ts';
import { failedByFlip, passed } from '../fixture-run.ts';
import { furtherErrorLines, verdictSentence } from './verdict-sentence.ts';

test('every verdict has its sentence', () => {
  expect(verdictSentence(passed)).toBe('tightest check: margin is 0.0307, limit 0.6261 (4 % used)');
  expect(verdictSentence(failedByFlip)).toMatch(/^top-1 is 1 instead of 0/);
  expect(verdictSentence(caseRecord('a', 'b'))).toBe('within tolerance');
  expect(verdictSentence(caseRecord('a', 'b', { verdict: 'unknown' }))).toBe(
    'unknown, no reason was recorded',
  );
});

const broken = (message: string, reason: string) =>
  furtherErrorLines(
    caseRecord('a', 'b', {
      verdict: 'broken',
      reason,
      error: { code: 'HIL_X', owner: 'lab', message, hint: '', causes: [] },
    }),
  );

test('an error adds only what the sentence does not say already', () => {
  expect(broken('it hangs', 'it hangs')).toEqual([]);
  expect(broken('it hangs\nin rknn_run', 'it hangs; the canary passed')).toEqual(['in rknn_run']);
  expect(broken('it hangs', 'the golden is stale')).toEqual(['it hangs']);
  expect(furtherErrorLines(passed)).toEqual([]);
});
