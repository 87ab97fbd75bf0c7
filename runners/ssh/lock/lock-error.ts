import { HilError, type RetryAdvice } from '../../../harness/hil-error.ts';

/** Another run works on the board and did not finish in the time that we wait. */
export class BoardBusyError extends HilError {
  readonly code = 'HIL_BOARD_BUSY';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, holder: string, waitedMs: number) {
    super(
      `board ${board} is in use by ${holder}, and was for the ${Math.round(waitedMs / 1000)} s that we waited`,
      {
        hint: 'Wait until that run has ended, end it, or give this run another board.',
      },
    );
  }
}

/** Somebody else has taken the board over: what it answered to us from then on counts for nothing. */
export class BoardFencedError extends HilError {
  readonly code = 'HIL_BOARD_FENCED';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(board: string, us: string, them: string) {
    super(`board ${board} was taken over while we worked on it: we are ${us}, the board is held by ${them}`, {
      hint: 'This machine was silent for too long (asleep, overloaded, or cut off), so another run took the board. Look for two runs on one board.',
    });
  }
}

/** A process of an earlier run cannot be killed: it waits in the kernel. */
export class BoardStillOccupiedError extends HilError {
  readonly code = 'HIL_BOARD_STUCK';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, processes: string) {
    super(`board ${board} has processes of an earlier run that do not die: ${processes}`, {
      hint: 'Reboot the board: no signal ends a process that waits in the kernel (state D; /proc/<pid>/wchan says where).',
    });
  }
}
