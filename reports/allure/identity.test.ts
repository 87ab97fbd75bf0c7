import { expect, test } from 'vitest';
import type { CaseRecord } from '../../harness/store/record.ts';
import { passed, passedOnHardware } from '../fixture-run.ts';
import { historyKeyOf, identityOf } from './identity.ts';

const idOf = (target: Partial<CaseRecord['target']>, record = passedOnHardware) =>
  identityOf({ ...record, target: { ...record.target, ...target } }).historyId;

test('a case keeps its history over runs, boards of one kind and parts of the stack', () => {
  const later = {
    ...passedOnHardware,
    run: 'another',
    timings: passed.timings,
    hashes: { spec: 'ff'.repeat(32) },
  };

  expect(identityOf(later)).toEqual(identityOf(passedOnHardware));
  expect(idOf({ board: 'farm-9' })).toBe(idOf({}));
  expect(idOf({ stack: undefined, identity: undefined })).toBe(idOf({}));
});

test.each([
  ['simulated results', { simulated: true }],
  ['another SDK', { sdk: '1.7.5' }],
  ['another format', { format: 'fp16' as const }],
])('%s have a history of their own', (_what, target) => {
  expect(idOf(target)).not.toBe(idOf({}));
});

test('two inputs of a spec are two tests, and so are equal inputs of two specs', () => {
  const other = (change: object) => identityOf({ ...passed, case: { ...passed.case, ...change } }).testCaseId;

  expect(new Set([identityOf(passed).testCaseId, other({ input: 'x' }), other({ spec: 'x' })]).size).toBe(3);
});

test('the full name says where the case is declared', () => {
  expect(identityOf(passed).fullName).toBe('specs/story.hil.yaml: picture');
});

test('a case is the same test case on all SDK stacks, which Allure shows side by side', () => {
  const elsewhere = { ...passed, target: passedOnHardware.target };

  expect(identityOf(elsewhere).testCaseId).toBe(identityOf(passed).testCaseId);
  expect(identityOf(elsewhere).historyId).not.toBe(identityOf(passed).historyId);
});

// What Allure 3.18 itself made of such a result.
test('a history key is what Allure computes from test case and parameters', () => {
  const record = { ...passed, case: { ...passed.case, spec: 'two-class u8', input: 'apple-5' } };
  const target = { ...passed.target, format: 'u8' as const };

  expect(historyKeyOf({ ...record, target: { ...target, sdk: '1.7.5' } })).toBe(
    'b132507f31db1476bee2d9a5982cdce8.f2bd40154ff3de1367c458f94b138227',
  );
  expect(historyKeyOf({ ...record, target: { ...target, sdk: '1.6.1' } })).toBe(
    'b132507f31db1476bee2d9a5982cdce8.360eb8bb04266e76765385847caf897f',
  );
});
