import { createHash } from 'node:crypto';
import type { CaseRecord } from '../../harness/store/record.ts';
import { targetKind } from '../facts/target.ts';

/** What makes results of different runs the same test. */
export interface TestIdentity {
  readonly fullName: string;
  readonly testCaseId: string;
  readonly historyId: string;
}

/**
 * A test is a case on a kind of target: simulated or hardware, SDK, numeric format. The single board is no part of it,
 * so that a case keeps its history from board to board of a farm, and simulated results have a history of their own.
 */
export function identityOf({ case: { spec, input, specFile }, target }: CaseRecord): TestIdentity {
  const key = [spec, input, targetKind(target), target.sdk, target.format];
  const id = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);
  return { fullName: `${specFile}: ${input} (${describeTarget(target)})`, testCaseId: id, historyId: id };
}

/** The kind of target in words, e.g. `simulated, SDK 1.7.5, fp16`. */
export function describeTarget(target: CaseRecord['target']): string {
  return `${targetKind(target)}, SDK ${target.sdk}, ${target.format}`;
}
