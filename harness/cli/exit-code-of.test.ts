import { expect, test } from 'vitest';
import { caseRecord } from '../../reports/fixture-records.ts';
import type { ErrorOwner, ErrorReport } from '../hil-error.ts';
import type { CaseRecord } from '../store/record.ts';
import { exitCodeOf } from './exit-code-of.ts';

const errorOf = (owner: ErrorOwner): ErrorReport => ({
  code: 'HIL_TROUBLE',
  owner,
  message: 'it went wrong',
  hint: 'Look at it.',
  causes: [],
});

const passed = caseRecord('net', 'a');
const skipped = caseRecord('net', 'b', { verdict: 'skipped', reason: 'not today' });
const failed = caseRecord('net', 'c', { verdict: 'failed', class: 'precision' });
const broken = caseRecord('net', 'd', { verdict: 'broken', class: 'infra', error: errorOf('lab') });
const precluded = caseRecord('net', 'e', { verdict: 'broken', class: 'precluded', error: errorOf('spec') });
const unknown = caseRecord('net', 'f', { verdict: 'unknown', reason: 'it died' });
const ourBug = caseRecord('net', 'g', { verdict: 'broken', class: 'infra', error: errorOf('harness') });

test.each<[string, CaseRecord[], number]>([
  ['all passed', [passed, passed], 0],
  ['all passed or skipped', [passed, skipped], 0],
  ['nothing to run', [], 0],
  ['one failed', [passed, failed], 1],
  ['failed beside broken', [broken, failed, unknown], 1],
  ['failed beside a bug of ours', [ourBug, failed], 1],
  ['broken', [passed, broken], 3],
  ['precluded', [precluded], 3],
  ['unknown', [passed, unknown], 3],
  ['a bug of ours', [passed, ourBug], 70],
  ['a bug of ours beside broken', [broken, ourBug], 70],
])('%s', (_, records, code) => {
  expect(exitCodeOf({ records, errors: [], interrupted: false })).toBe(code);
});

test('an error outside of cases is never a success', () => {
  expect(exitCodeOf({ records: [passed], errors: ['a reporter failed'], interrupted: false })).toBe(3);
});

test('an interruption beats all: what had not ended is not known', () => {
  expect(exitCodeOf({ records: [failed, broken, ourBug], errors: ['x'], interrupted: true })).toBe(130);
});
