import { BoardsSetAsideError } from '../board/broker/set-aside-error.ts';
import type { CanaryReport } from '../board/canary.ts';
import { type ErrorReport, reportError } from '../hil-error.ts';
import type { Verdict, VerdictClass } from '../store/record.ts';
import { faultPolicies } from './fault-policy.ts';

/** The verdict on a case that could not be compared. */
export interface FailureVerdict {
  readonly verdict: Extract<Verdict, 'failed' | 'broken'>;
  readonly class: Exclude<VerdictClass, 'precision'>;
  readonly reason: string;
  readonly error: ErrorReport;
}

/**
 * Decides who is to blame. Never says precision: only a comparison may. Where nobody can tell the network from the
 * board, the canary does; unsure means the rig.
 *
 * @param canary - Runs the canary on the board in question; asked only if it decides.
 */
export async function classifyFailure(
  thrown: unknown,
  canary: () => Promise<CanaryReport>,
): Promise<FailureVerdict> {
  const error = reportError(thrown);
  const reason = firstLine(error.message);
  if (thrown instanceof BoardsSetAsideError || faultPolicies[error.code]?.precludes)
    return { verdict: 'broken', class: 'precluded', reason, error };
  switch (error.owner) {
    case 'spec':
      return { verdict: 'broken', class: 'precluded', reason, error };
    case 'lab':
    case 'harness':
      return { verdict: 'broken', class: 'infra', reason, error };
    case 'undecided': {
      const report = await canary().catch(couldNotRun);
      return report.passed
        ? { verdict: 'failed', class: 'runtime', reason: `${reason}; ${report.message}`, error }
        : { verdict: 'broken', class: 'infra', reason: `${reason}; ${report.message}`, error };
    }
  }
}

const couldNotRun = (thrown: unknown): CanaryReport => ({
  passed: false,
  message: `the canary could not run: ${reportError(thrown).message}`,
});

const firstLine = (message: string) => message.split('\n')[0] ?? message;
