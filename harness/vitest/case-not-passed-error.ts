import type { CaseRecord } from '../store/record.ts';

/** Makes a Vitest test fail. Its message is for Vitest's own reporters; ours tell the record. */
export class CaseNotPassedError extends Error {
  /** @param specFile - Absolute path of the spec. */
  constructor({ verdict, class: verdictClass, reason, error }: CaseRecord, specFile: string) {
    const kind = verdictClass === undefined ? verdict : `${verdict} (${verdictClass})`;
    const next = error === undefined ? '' : `\nnext: ${error.hint}\ncode: ${error.code}`;
    super(`${kind}: ${reason ?? 'no reason is known'}${next}`);
    this.name = 'CaseNotPassedError';
    // A stack into the harness would not show where the fault is. Reporters that mark lines in files mark the spec.
    this.stack = `${this.name}: ${this.message}\n    at ${specFile}:1:1`;
  }
}
