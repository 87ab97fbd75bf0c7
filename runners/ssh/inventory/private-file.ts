import { readFileSync, statSync } from 'node:fs';
import { BoardEntryError } from './inventory-error.ts';

/**
 * Reads a file that holds a secret.
 *
 * @throws {BoardEntryError} If it cannot be read, or if others may read it.
 */
export function readPrivateFile(board: string, what: string, path: string): string {
  let text: string;
  let mode: number;
  try {
    mode = statSync(path).mode;
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BoardEntryError(board, `${what} ${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'Correct the path in hil.config.yaml, or put the file there.',
    });
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    const found = (mode & 0o777).toString(8).padStart(4, '0');
    throw new BoardEntryError(board, `${what} ${path} may be read by others (its mode is ${found})`, {
      hint: `Keep it to yourself: chmod 600 ${path}`,
    });
  }
  return text;
}
