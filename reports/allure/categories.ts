import type { Category } from 'allure-js-commons/sdk';
import { Status } from 'allure-js-commons';
import type { VerdictKind } from '../facts/verdict-kind.ts';
import { regressionTag } from './case-result.ts';

/** What results are sorted under, worst first: a result belongs to the first that fits. */
export const categories: readonly Category[] = [
  category('Harness bug', 'harness-bug', [Status.BROKEN]),
  category('Numeric overflow: NaN or infinity', 'non-finite', [Status.FAILED]),
  category('Wrong outputs: missing, shape or type', 'wrong-outputs', [Status.FAILED]),
  category('Top-1 flip', 'top-1-flip', [Status.FAILED]),
  // Needs the history: only the results that a report is made of have it, not those that a run writes.
  category('Precision regression', 'out-of-tolerance', [Status.FAILED], `\\[${regressionTag}\\]`),
  category('Out of tolerance, no earlier pass known', 'out-of-tolerance', [Status.FAILED]),
  category('Unstable: runs on one board differ', 'unstable', [Status.FAILED]),
  category('Runtime failure on the board', 'runtime', [Status.FAILED]),
  category('Spec error', 'spec-error', [Status.BROKEN]),
  category('Rig: network', 'rig-network', [Status.BROKEN]),
  category('Rig: board', 'rig-board', [Status.BROKEN]),
  category('Rig: lab configuration', 'rig-config', [Status.BROKEN]),
  category('Marginal pass', 'marginal', [Status.PASSED]),
];

// Allure 2 matches the whole message and Allure 3 searches in it; this fits both.
function category(name: string, kind: VerdictKind, matchedStatuses: Status[], further = ''): Category {
  return { name, matchedStatuses, messageRegex: `[\\s\\S]*\\[${kind}[ \\]][\\s\\S]*${further}` };
}
