import { readFileSync, statSync } from 'node:fs';
import { SpecError } from './spec-error.ts';

/** More than any person writes; what is larger was named by mistake. */
const maxBytes = 8 * 2 ** 20;

/**
 * Reads a spec, a file of defaults, or the config.
 *
 * @param shown - The path as people know it, for messages.
 * @throws {SpecError} If it is missing, no plain file, not readable, far too large, or not UTF-8.
 */
export function readText(path: string, shown: string): string {
  const refuse = (message: string, hint: string, cause?: unknown): never => {
    throw new SpecError(shown, [{ path: '', message }], { hint, cause });
  };
  let bytes: Uint8Array;
  try {
    const facts = statSync(path);
    // A device or a pipe could keep us waiting for ever, so it is not even opened.
    if (!facts.isFile()) return refuse('is no plain file', 'Put a file there, or take it away.');
    if (facts.size > maxBytes)
      return refuse(
        `has ${facts.size} bytes; the limit is ${maxBytes}`,
        'Put large lists of values into files of their own.',
      );
    bytes = readFileSync(path);
  } catch (cause) {
    if (cause instanceof SpecError) throw cause;
    return refuse(
      `cannot be read: ${(cause as Error).message}`,
      'Check the path and its permissions.',
      cause,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return refuse(
      'is not UTF-8 text',
      'Save the file in UTF-8, for example: iconv -f latin1 -t utf-8.',
      cause,
    );
  }
}
