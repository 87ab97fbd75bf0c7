import type { ErrorReport } from '../../harness/hil-error.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { isMarginal } from './run-counts.ts';

/**
 * What sort of trouble a case met. The words are stable: they stand in messages of Allure and JUnit, and categories are
 * found by them.
 */
export type VerdictKind =
  | 'non-finite'
  | 'wrong-outputs'
  | 'unstable'
  | 'top-1-flip'
  | 'out-of-tolerance'
  | 'runtime'
  | 'rig-network'
  | 'rig-board'
  | 'rig-config'
  | 'spec-error'
  | 'harness-bug'
  | 'unknown'
  | 'marginal';

/** The kind of a case that deserves one; undefined for plain passes and skips. */
export function verdictKind(record: CaseRecord): VerdictKind | undefined {
  switch (record.verdict) {
    case 'passed':
      return isMarginal(record) ? 'marginal' : undefined;
    case 'failed':
      return record.class === 'runtime' ? 'runtime' : precisionKind(record);
    case 'broken':
      return record.error ? errorKind(record.error) : 'rig-board';
    case 'unknown':
      return 'unknown';
    case 'skipped':
      return undefined;
  }
}

function precisionKind({ comparison, top1 }: CaseRecord): VerdictKind {
  const faults = new Set(comparison?.faults.map(({ kind }) => kind));
  if (faults.has('non-finite')) return 'non-finite';
  if (faults.has('unstable')) return 'unstable';
  if (faults.size > 0) return 'wrong-outputs';
  if (top1 && top1.golden.index !== top1.board.index) return 'top-1-flip';
  return 'out-of-tolerance';
}

// Codes name their cause (HIL_SSH_UNREACHABLE, HIL_SSH_HOST_KEY_CHANGED), so that their words tell the parts of a rig
// apart without a list that would have to follow every new code.
const configWords =
  /LOGIN|HOST_KEY|ALGORITHMS|NONE_FITS|BOARD_SDK|SIMULATION|LIBRARY|CONFIG|INVENTORY|KEY_FILE/;
const networkWords = /^HIL_(SSH|UPLOAD|NETWORK)_/;

function errorKind({ owner, code }: ErrorReport): VerdictKind {
  if (owner === 'spec') return 'spec-error';
  if (owner === 'harness') return 'harness-bug';
  if (configWords.test(code)) return 'rig-config';
  return networkWords.test(code) ? 'rig-network' : 'rig-board';
}
