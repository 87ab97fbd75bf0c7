import { expect, test } from 'vitest';
import type { StoredRun } from '../../harness/store/history/record-store.ts';
import { caseRecord } from '../fixture-records.ts';
import { briefLines } from './brief-lines.ts';

const run: StoredRun = {
  id: '2026-01-05T21-04-00-5f1c',
  startedAt: '2026-01-05T21:04:00.000Z',
  harnessVersion: '0.1.0',
  command: 'hil run specs',
  gitCommit: undefined,
  gitDirty: undefined,
  ciUrl: 'https://ci.example/7',
  host: 'rack',
  interrupted: false,
};

const failure = (input: string) =>
  caseRecord('net', input, { verdict: 'failed', class: 'precision', reason: 'top-1 differs' });

test('says what did not pass and why, where to look, and that results are simulated', () => {
  expect(briefLines(run, [caseRecord('net', 'a'), failure('b')])).toEqual([
    '1 passed, 1 failed, 0 broken, 0 skipped: run 2026-01-05T21-04-00-5f1c',
    'https://ci.example/7',
    'failed: net › b (virtual (simulated), SDK 1.7.5): top-1 differs [out-of-tolerance]',
    'Every result is simulated: no NPU was involved.',
  ]);
});

test('a green run is one line and its page', () => {
  const record = caseRecord('net', 'a');
  const onHardware = { ...record, target: { ...record.target, simulated: false } };

  expect(briefLines(run, [onHardware])).toHaveLength(2);
});

test('counts the cases that a message has no room for, and says that the run did not end', () => {
  const lines = briefLines(
    { ...run, interrupted: true },
    Array.from({ length: 12 }, (_, index) => failure(`${index}`)),
  );

  expect(lines[0]).toBe(
    '0 passed, 12 failed, 0 broken, 0 skipped, interrupted: run 2026-01-05T21-04-00-5f1c',
  );
  expect(lines).toContain('and 2 more');
});
