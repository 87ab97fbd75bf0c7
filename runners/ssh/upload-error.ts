import { HilError, type RetryAdvice } from '../../harness/hil-error.ts';

/** The board has no room for a file. */
export class BoardDiskFullError extends HilError {
  readonly code = 'HIL_BOARD_DISK_FULL';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, folder: string, bytes: number, details: string) {
    super(`board ${board} has no room for ${bytes} bytes in ${folder}: ${details}`, {
      hint: `Delete what is not needed from ${folder} on the board (its files are copies), or move the work folder to a larger disk; check df and df -i there.`,
    });
  }
}

/** The board's file system takes no writes. */
export class BoardReadOnlyError extends HilError {
  readonly code = 'HIL_BOARD_READ_ONLY';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, folder: string, details: string) {
    super(`board ${board} does not let us write to ${folder}: ${details}`, {
      hint: 'Look for file system errors in dmesg, remount it writable, or put the work folder on another disk of the board.',
    });
  }
}

/** The bytes on the board are not the ones that were sent. */
export class UploadDamagedError extends HilError {
  readonly code = 'HIL_UPLOAD_DAMAGED';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(board: string, path: string, found: string, expected: string) {
    super(`what arrived on board ${board} as ${path} has ${found}, sent was ${expected}`, {
      hint: 'Run again. If it happens twice, check the board’s storage and its network before you trust any result.',
    });
  }
}

/** A command that an upload needs failed on the board, for a reason that has no error of its own. */
export class UploadCommandError extends HilError {
  readonly code = 'HIL_UPLOAD_FAILED';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(board: string, command: string, details: string) {
    super(`board ${board} could not do "${command}": ${details}`, {
      hint: 'Run the command on the board by hand, and check that the work folder in the inventory is right.',
    });
  }
}
