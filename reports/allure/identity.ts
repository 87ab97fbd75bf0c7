import { createHash } from 'node:crypto';
import type { CaseRecord } from '../../harness/store/record.ts';
import { targetKind } from '../facts/target.ts';

/** What makes results of different runs the same test. */
export interface TestIdentity {
  readonly fullName: string;
  /** The case, whatever it ran on: Allure shows its results on several SDK stacks side by side. */
  readonly testCaseId: string;
  /** The case on a kind of target. */
  readonly historyId: string;
}

type Identified = Pick<CaseRecord, 'case' | 'target'>;

/**
 * A test is a case on a kind of target: simulated or hardware, SDK, numeric format. The single board is no part of it,
 * so that a case keeps its history from board to board of a farm, and simulated results have a history of their own.
 */
export function identityOf({ case: testCase, target }: Identified): TestIdentity {
  const testCaseId = testCaseIdOf(testCase);
  return {
    fullName: fullNameOf(testCase),
    testCaseId,
    historyId: shortHash([testCaseId, ...kindOfTarget(target).map(([, value]) => value)]),
  };
}

/** Where a case is declared. */
export const fullNameOf = ({ specFile, input }: CaseRecord['case']): string => `${specFile}: ${input}`;

const testCaseIdOf = ({ spec, input }: CaseRecord['case']): string => shortHash([spec, input]);

const shortHash = (key: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);

/** What tells the tests of one case apart, as the parameters that a result shows. */
export function kindOfTarget(target: CaseRecord['target']): [name: string, value: string][] {
  return [
    ['target', targetKind(target)],
    ['SDK', target.sdk],
    ['format', target.format],
  ];
}

/**
 * The same identity as Allure 3 makes it up: it does not look at a result's `historyId`, but takes its test case with the
 * parameters that are not excluded. Entries of a history file are found by it.
 */
export function historyKeyOf({ case: testCase, target }: Identified): string {
  const parameters = kindOfTarget(target)
    .map((parameter) => parameter.join(':'))
    .sort((a, b) => a.localeCompare(b));
  return `${md5(testCaseIdOf(testCase))}.${md5(parameters.join(','))}`;
}

/** The part of a history key that is the test case, as entries of a history file name it. */
export const testCaseOfKey = (key: string): string => key.slice(0, key.indexOf('.'));

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** The kind of target in words, e.g. `simulated, SDK 1.7.5, fp16`. */
export function describeTarget(target: CaseRecord['target']): string {
  return `${targetKind(target)}, SDK ${target.sdk}, ${target.format}`;
}
