import { expect, test } from 'vitest';
import type { CaseRecord } from '../../harness/store/record.ts';
import {
  brokenNetwork,
  brokenPrecluded,
  failedByFlip,
  failedByMissingOutput,
  failedByNaN,
  marginal,
  passed,
} from '../fixture-run.ts';
import { resultOf } from './case-result.ts';
import type { Past } from './past.ts';
import { categories } from './categories.ts';

/** As Allure 3 sorts (first match wins); Allure 2 asks for the whole message to match, hence the anchors. */
function categoryOf(record: CaseRecord, past?: Past): string | undefined {
  const { status, statusDetails } = resultOf(record, past && { past });
  return categories.find(
    ({ matchedStatuses = [], messageRegex = '' }) =>
      matchedStatuses.some((matched) => matched === status) &&
      new RegExp(`^${String(messageRegex)}$`).test(statusDetails?.message ?? ''),
  )?.name;
}

const withError = (code: `HIL_${string}`, owner: 'lab' | 'undecided' | 'harness'): CaseRecord => ({
  ...brokenNetwork,
  error: { code, owner, message: 'first line\nsecond line', hint: '', causes: [] },
  reason: undefined,
});

test.each<[string | undefined, CaseRecord]>([
  [undefined, passed],
  ['Marginal pass', marginal],
  ['Top-1 flip', failedByFlip],
  ['Out of tolerance, no earlier pass known', { ...failedByFlip, top1: undefined }],
  ['Numeric overflow: NaN or infinity', failedByNaN],
  ['Wrong outputs: missing, shape or type', failedByMissingOutput],
  ['Runtime failure on the board', { ...failedByFlip, class: 'runtime' }],
  ['Rig: network', brokenNetwork],
  ['Rig: lab configuration', withError('HIL_SSH_HOST_KEY_CHANGED', 'lab')],
  ['Rig: board', withError('HIL_VENDOR_TIMEOUT', 'undecided')],
  ['Harness bug', withError('HIL_INTERNAL', 'harness')],
  ['Spec error', brokenPrecluded],
])('sorts under %s', (name, record) => {
  expect(categoryOf(record)).toBe(name);
});

test('a failure that passed before is a regression, unless there is something more particular to say of it', () => {
  const run = { id: 'before', startedAt: '', harnessVersion: '', command: '' };
  const past: Past = { regression: { lastPass: { run, record: passed }, failures: 1, changes: [] } };

  expect(categoryOf({ ...failedByFlip, top1: undefined }, past)).toBe('Precision regression');
  expect(categoryOf(failedByFlip, past)).toBe('Top-1 flip');
  expect(resultOf(failedByFlip, { past }).labels).toContainEqual({ name: 'tag', value: 'regression' });
});
