import { expect, test } from 'vitest';
import {
  brokenNetwork,
  brokenPrecluded,
  failedByFlip,
  failedByMissingOutput,
  failedByNaN,
  marginal,
  passed,
  skipped,
} from '../fixture-run.ts';
import { verdictKind } from './verdict-kind.ts';

test.each([
  ['a plain pass', undefined, passed],
  ['a marginal pass', 'marginal', marginal],
  ['another first class', 'top-1-flip', failedByFlip],
  ['NaN in an output', 'non-finite', failedByNaN],
  ['a missing output', 'wrong-outputs', failedByMissingOutput],
  ['an unreachable board', 'rig-network', brokenNetwork],
  ['a stale golden', 'spec-error', brokenPrecluded],
  ['a skip', undefined, skipped],
  ['a crash of the board’s program', 'runtime', { ...failedByFlip, class: 'runtime' as const }],
  ['a record without an end', 'unknown', { ...passed, verdict: 'unknown' as const }],
  ['too large an error', 'out-of-tolerance', { ...failedByFlip, top1: passed.top1 }],
])('%s is of kind %s', (_what, kind, record) => {
  expect(verdictKind(record)).toBe(kind);
});

test.each([
  ['HIL_SSH_HOST_KEY_CHANGED', 'lab', 'rig-config'],
  ['HIL_SSH_UNREACHABLE', 'lab', 'rig-network'],
  ['HIL_VENDOR_TIMEOUT', 'undecided', 'rig-board'],
  ['HIL_INTERNAL', 'harness', 'harness-bug'],
  ['HIL_SPEC_INVALID', 'spec', 'spec-error'],
] as const)('%s of the %s is sorted under %s', (code, owner, kind) => {
  const error = { code, owner, message: '', hint: '', causes: [] };

  expect(verdictKind({ ...brokenNetwork, error })).toBe(kind);
});
