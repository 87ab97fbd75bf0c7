import { stripVTControlCharacters } from 'node:util';
import { explainFileError } from './file-access-error.ts';
import { HilError, type ErrorOwner, reportError } from '../hil-error.ts';
import { exitCodes, type ExitCode, type Io } from './io.ts';

const exitCodeOf: { readonly [Owner in ErrorOwner]: ExitCode } = {
  spec: exitCodes.usage,
  lab: exitCodes.broken,
  undecided: exitCodes.broken,
  harness: exitCodes.internal,
};

/** Says what went wrong and what to do next; the stack only for our own bugs. What Ctrl-C ended is no error. */
export function printError(thrown: unknown, io: Io): ExitCode {
  if (isInterruption(thrown, io.signal)) {
    io.stderr.write('interrupted\n');
    return exitCodes.interrupted;
  }
  const error = reportError(explainFileError(thrown));
  const lines = [
    `error: ${error.message}`,
    ...error.causes
      .map((cause) => stripVTControlCharacters(cause))
      .filter((cause) => !saysAlready(error.message, cause))
      .map((cause) => `  because: ${cause.replaceAll('\n', '\n           ')}`),
    `  next: ${error.hint.replaceAll('\n', '\n        ')}`,
    `  code: ${error.code}`,
  ];
  if (error.owner === 'harness' && thrown instanceof Error && !(thrown instanceof HilError))
    lines.push(thrown.stack ?? '');
  io.stderr.write(`${lines.join('\n')}\n`);
  return exitCodeOf[error.owner];
}

function isInterruption(thrown: unknown, { aborted, reason }: AbortSignal): boolean {
  if (!aborted) return false;
  for (let each = thrown; each instanceof Error; each = each.cause)
    if (each === reason || each.name === 'AbortError') return true;
  return false;
}

/** A cause begins with the name of its class, which says nothing to people. */
const saysAlready = (message: string, cause: string): boolean =>
  message.includes(cause.replace(/^\w+: /, '').trimEnd());
