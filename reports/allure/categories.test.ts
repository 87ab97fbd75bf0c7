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
import { categories } from './categories.ts';

/** As Allure 3 sorts (first match wins); Allure 2 asks for the whole message to match, hence the anchors. */
function categoryOf(record: CaseRecord): string | undefined {
  const { status, statusDetails } = resultOf(record, []);
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
  ['Precision regression', { ...failedByFlip, top1: undefined }],
  ['NaN or infinity in the output', failedByNaN],
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
