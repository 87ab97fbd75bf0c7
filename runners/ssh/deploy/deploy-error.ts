import { HilError, type RetryAdvice } from '../../../harness/hil-error.ts';

/** What is to be put on a board is not there, or not for this board. Nothing has been sent. */
export class DeployError extends HilError {
  readonly code = 'HIL_BOARD_DEPLOY';
  readonly owner = 'spec';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, problem: string, hint: string) {
    super(`board ${board}: ${problem}`, { hint });
  }
}
