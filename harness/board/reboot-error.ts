import { type ErrorOwner, HilError, type RetryAdvice } from '../hil-error.ts';

export const rebootCode = 'HIL_BOARD_REBOOTED';

/** The board restarted while it worked for a case. */
export class BoardRebootedError extends HilError {
  readonly code = rebootCode;
  /** A network can bring a board down, and so can a power supply. */
  readonly owner: ErrorOwner = 'undecided';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(board: string, before: string, after: string, cause: unknown) {
    super(`board ${board} restarted in the middle of the case (boot id ${before}, now ${after})`, {
      hint: 'Look at its power supply and at the last lines of its kernel log (dmesg, /sys/fs/pstore) before you blame the network.',
      cause,
    });
  }
}

/** The link to a board broke and the board did not come back in the time that it needs to start. */
export class BoardNotBackError extends HilError {
  readonly code = 'HIL_BOARD_NOT_BACK';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, budgetMs: number, powerCycled: boolean, cause: unknown) {
    super(
      `board ${board} went away and did not come back within ${Math.round(budgetMs / 1000)} s${powerCycled ? ', nor after it was switched off and on' : ''}`,
      {
        hint: 'Look at its console: a kernel panic, or no power. Switch it off and on, and give it a power hook in hil.config.yaml to have that done.',
        cause,
      },
    );
  }
}

/** A process on the board survives every signal: it is stuck in the kernel. */
export class BoardStuckError extends HilError {
  readonly code = 'HIL_BOARD_STUCK';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, leftover: string, cause?: unknown) {
    super(`board ${board} cannot be left free: ${leftover}`, {
      hint: 'Reboot the board: no signal ends a process that waits in the kernel (state D; /proc/<pid>/wchan says where).',
      cause,
    });
  }
}
