import { expect, test } from 'vitest';
import type { CaseRecord } from '../../harness/store/record.ts';
import { passed, passedOnHardware } from '../fixture-run.ts';
import { identityOf } from './identity.ts';

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

test('the full name says where the case is declared and what it ran on', () => {
  expect(identityOf(passed).fullName).toBe('specs/story.hil.yaml: picture (simulated, SDK 1.7.5, fp16)');
});
