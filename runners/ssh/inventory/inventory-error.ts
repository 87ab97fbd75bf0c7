import { HilError, type RetryAdvice } from '../../../harness/hil-error.ts';

/** A board's entry in hil.config.yaml names something that is not there or cannot be used. */
export class BoardEntryError extends HilError {
  readonly code = 'HIL_BOARD_ENTRY';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, problem: string, options: { hint: string; cause?: unknown }) {
    super(`board ${board}: ${problem}`, options);
  }
}
