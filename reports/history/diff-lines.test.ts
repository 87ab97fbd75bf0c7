import { expect, test } from 'vitest';
import { diffRuns } from '../../harness/store/history/diff-runs.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { coloursFor } from '../console/appearance.ts';
import { caseRecord } from '../fixture-records.ts';
import { diffLines } from './diff-lines.ts';

const record = (sdk: string, verdict: CaseRecord['verdict']): CaseRecord => {
  const made = caseRecord('net', 'a');
  return { ...made, verdict, target: { ...made.target, sdk } };
};
const linesOf = (before: CaseRecord[], after: CaseRecord[]) =>
  diffLines(diffRuns(before, after), coloursFor({ write: () => true }, {}));

test('names the SDK of a case that is there on several', () => {
  const [, row] = linesOf(
    [record('1.6.1', 'passed'), record('1.7.5', 'passed')],
    [record('1.6.1', 'passed'), record('1.7.5', 'failed')],
  );

  expect(row).toMatch(/^net › a \(SDK 1\.7\.5\) +passed → FAILED/);
});

test('leaves the SDK out where there is one', () => {
  const [, row] = linesOf([record('1.6.1', 'passed')], [record('1.7.5', 'failed')]);

  expect(row).toMatch(/^net › a +passed → FAILED/);
});
