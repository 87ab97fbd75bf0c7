import type { ReadStream, WriteStream } from 'node:tty';

/** Everything a command may touch besides files: injected, so that tests can look at it. */
export interface Io {
  /** Results. */
  readonly stdout: Output;
  /** Progress and errors. */
  readonly stderr: Output;
  /** For commands that ask, or that hand the terminal on. */
  readonly stdin?: Input | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A stream of text, maybe a terminal. */
export type Output = Pick<NodeJS.WritableStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

/** What is typed, maybe in a terminal. */
export type Input = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;

/** Exit codes of every command. */
export const exitCodes = {
  ok: 0,
  /** A case failed. */
  failed: 1,
  /** Spec, config or usage; nothing was touched. */
  usage: 2,
  /** A case is broken or unknown, and none failed. */
  broken: 3,
  /** Our bug. */
  internal: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
