import type { HilError } from '../../harness/hil-error.ts';
import { ProgramFailedError, ProgramMissingError, ProgramNotExecutableError } from './program-error.ts';
import { vendorFailureIn } from './vendor-lines.ts';

const shownCharacters = 500;

/**
 * What an exit status other than 0 means. A vendor's failure that the program has printed says more than any status.
 *
 * @param said - Everything that it printed, on both streams.
 */
export function explainStatus(board: string, program: string, status: number, said: string): HilError {
  const vendor = vendorFailureIn(said);
  if (vendor) return vendor;
  const end = said.trim().slice(-shownCharacters);
  if (status === 127) return new ProgramMissingError(board, program, end);
  if (status === 126) return new ProgramNotExecutableError(board, program, end);
  // A shell reports a death by signal as 128 and its number.
  const how =
    status > 128 && status < 193
      ? `was killed by signal ${status - 128}`
      : `ended with exit status ${status}`;
  return new ProgramFailedError(program, how, end);
}
