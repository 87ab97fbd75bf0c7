import type { CaseRecord } from '../store/record.ts';

/** Makes a Vitest test fail. Its message is for Vitest's own reporters; ours tell the record. */
export class CaseNotPassedError extends Error {
  constructor({ verdict, class: verdictClass, reason, error }: CaseRecord) {
    const kind = verdictClass === undefined ? verdict : `${verdict} (${verdictClass})`;
    const next = error === undefined ? '' : `\nnext: ${error.hint}\ncode: ${error.code}`;
    super(`${kind}: ${reason ?? 'no reason is known'}${next}`);
    this.name = 'CaseNotPassedError';
    // The stack would point into the harness, which is not where the fault is.
    this.stack = `${this.name}: ${this.message}`;
  }
}
