import type { CaseRecord } from '../store/record.ts';
import { type ExitCode, exitCodes } from './io.ts';

/** What a run came to, as far as the exit code needs it. */
export interface RunResult {
  readonly records: readonly CaseRecord[];
  readonly errors: readonly string[];
  readonly interrupted: boolean;
}

/** A failed case beats our own bug, that a broken case, that success; an interruption beats all: the rest is unknown. */
export function exitCodeOf({ records, errors, interrupted }: RunResult): ExitCode {
  const any = (test: (record: CaseRecord) => boolean) => records.some(test);
  if (interrupted) return exitCodes.interrupted;
  if (any(({ verdict }) => verdict === 'failed')) return exitCodes.failed;
  if (any(({ error }) => error?.owner === 'harness')) return exitCodes.internal;
  if (errors.length > 0 || any(({ verdict }) => verdict === 'broken' || verdict === 'unknown'))
    return exitCodes.broken;
  return exitCodes.ok;
}
