import { inspect } from 'node:util';

/** Who can put an error right. Decides the verdict's class and the exit code. */
export type ErrorOwner =
  /** The author of the spec, the config or the command line. */
  | 'spec'
  /** The keeper of the lab: board, cable, network, firmware. */
  | 'lab'
  /** The network or the board: nobody can tell yet, the canary decides. */
  | 'undecided'
  /** Us: a bug in the harness. */
  | 'harness';

/** Whether another attempt can help, and where. */
export type RetryAdvice = 'never' | 'same-board' | 'other-board';

/** A run that could not reach a verdict. What happened is the message, what to do next is the hint. */
export abstract class HilError extends Error {
  /** Stable identifier: scripts and tests match on this, not on the message. */
  abstract readonly code: `HIL_${string}`;
  abstract readonly owner: ErrorOwner;
  readonly retry: RetryAdvice = 'never';
  /** The next thing to do, written as an instruction. */
  readonly hint: string;

  constructor(message: string, options: { hint: string; cause?: unknown }) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.hint = options.hint;
  }
}

/** A state that our own code promised could not happen. */
export class InternalError extends HilError {
  readonly code = 'HIL_INTERNAL';
  readonly owner = 'harness';

  constructor(message: string, cause?: unknown) {
    super(message, { hint: 'This is a bug in the harness: please report it with the whole message.', cause });
  }
}

/** An error as it is stored and shown: plain data, no classes. */
export interface ErrorReport {
  readonly code: `HIL_${string}`;
  readonly owner: ErrorOwner;
  readonly message: string;
  readonly hint: string;
  /** Messages of the causes, nearest first. */
  readonly causes: readonly string[];
}

/** Turns anything thrown into an {@link ErrorReport}; what is not a {@link HilError} is our bug. */
export function reportError(thrown: unknown): ErrorReport {
  const error = thrown instanceof HilError ? thrown : new InternalError(messageOf(thrown), thrown);
  return {
    code: error.code,
    owner: error.owner,
    message: error.message,
    hint: error.hint,
    causes: causesOf(error),
  };
}

const messageOf = (thrown: unknown): string =>
  thrown instanceof Error
    ? `${thrown.name}: ${thrown.message}`
    : typeof thrown === 'string'
      ? thrown
      : inspect(thrown);

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  const seen = new Set<unknown>([error]);
  let cause: unknown = error.cause;
  while (cause !== undefined && cause !== null && !seen.has(cause) && causes.length < 8) {
    seen.add(cause);
    causes.push(messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}
