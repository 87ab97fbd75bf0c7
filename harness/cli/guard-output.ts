import type { Writable } from 'node:stream';
import { FileAccessError } from './file-access-error.ts';

/**
 * Keeps a failing output from ending the process in the middle of a run: the boards have to be left first, and the
 * records are on the disk in any case. A reader that has gone (`hil run | head`) is no failure.
 *
 * @param name - What people call it.
 * @returns Tells the first failure of a write so far.
 */
export function guardOutput(output: Writable, name: string): () => FileAccessError | undefined {
  let failure: FileAccessError | undefined;
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= new FileAccessError(name, error.message, error);
  });
  return () => failure;
}
