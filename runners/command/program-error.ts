import { type ErrorOwner, HilError, type RetryAdvice } from '../../harness/hil-error.ts';

/** The program ended in another way than with exit status 0. */
export class ProgramFailedError extends HilError {
  readonly code = 'HIL_PROGRAM_FAILED';
  readonly owner: ErrorOwner = 'undecided';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(program: string, how: string, said: string) {
    super(`${program} ${how}${said === '' ? '' : `; it printed: ${said}`}`, {
      hint: 'Read the log of the case, and run the program on the board by hand with the same arguments.',
    });
  }
}

/** The board has no such program, or lacks a library that it needs. */
export class ProgramMissingError extends HilError {
  readonly code = 'HIL_PROGRAM_MISSING';
  readonly owner = 'spec';

  constructor(board: string, program: string, said: string) {
    super(`board ${board} does not find ${program} or a library it needs${said === '' ? '' : `: ${said}`}`, {
      hint: 'Correct command.program, or bring the libraries along: name the SDK’s under `libraries` in the board’s entry, others under command.files with LD_LIBRARY_PATH: "{folder}" under command.environment.',
    });
  }
}

/** The board cannot execute the program. */
export class ProgramNotExecutableError extends HilError {
  readonly code = 'HIL_PROGRAM_NOT_EXECUTABLE';
  readonly owner: ErrorOwner;

  constructor(board: string, program: string, said: string) {
    super(`board ${board} cannot execute ${program}${said === '' ? '' : `: ${said}`}`, {
      hint: 'Build it for the board (uname -m), and check that the work folder is on a disk that is not mounted with noexec.',
    });
    // A program for another machine is its author's; a file that may not be executed is the board's.
    this.owner = /permission denied/i.test(said) ? 'lab' : 'spec';
  }
}

/** What the program printed or wrote is not what the spec’s parser reads. */
export class ProgramOutputError extends HilError {
  readonly code = 'HIL_PROGRAM_OUTPUT';
  readonly owner = 'undecided';

  /** @param source - `standard output`, or a file below {outputs}. */
  constructor(program: string, output: string, source: string, problem: string, cause?: unknown) {
    super(`${output} cannot be read from the ${source} of ${program}: ${problem}`, {
      hint: 'Compare command.outputs in the spec with what the program printed: it is in the log of the case.',
      cause,
    });
  }
}

/** The program printed or wrote more than is taken. */
export class ProgramOutputTooLargeError extends HilError {
  readonly code = 'HIL_PROGRAM_OUTPUT_TOO_LARGE';
  readonly owner = 'undecided';

  constructor(program: string, source: string, limitBytes: number, said: string) {
    super(
      `the ${source} of ${program} was cut at ${limitBytes / 2 ** 20} MiB${said === '' ? '' : `; it starts: ${said}`}`,
      { hint: 'Look for an endless loop in the program; large outputs belong into a file below {outputs}.' },
    );
  }
}

/** Something on the board ended the supervising shell, or its folder vanished: the program’s output is not whole. */
export class ProgramLostError extends HilError {
  readonly code = 'HIL_PROGRAM_LOST';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(board: string, how: string) {
    super(`what ran on board ${board} was cut short: ${how}`, {
      hint: 'Look for who kills processes or removes files there: the board’s work folder belongs to the harness.',
    });
  }
}

/** A command cannot do what was asked of it. */
export class CommandUnableError extends HilError {
  readonly code = 'HIL_COMMAND_UNABLE';
  readonly owner = 'spec';
}
