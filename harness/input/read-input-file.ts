import { readFile, stat } from 'node:fs/promises';
import { InputFileError } from './input-error.ts';

/** No picture within the pixel limit is larger: 64 Mpixel of 16-bit RGBA, uncompressed. */
const maxBytes = 512 * 2 ** 20;

/**
 * Reads a whole input file.
 *
 * @param origin - The path as people know it, for messages.
 * @throws {InputFileError} If it is missing, no plain file, not readable, empty or larger than any input can be.
 */
export async function readInputFile(path: string, origin: string): Promise<Uint8Array> {
  try {
    const facts = await stat(path);
    // A device or a pipe could keep us waiting for ever, so it is not even opened.
    if (!facts.isFile()) {
      throw new InputFileError(
        `${origin} is ${facts.isDirectory() ? 'a directory' : 'no plain file'}; expected a file`,
        {
          hint: 'Name a file under `inputs`; a glob such as pictures/*.jpg takes all of a directory.',
        },
      );
    }
    if (facts.size === 0) {
      throw new InputFileError(`${origin} is empty (0 bytes); expected a picture or a tensor`, {
        hint: 'Fetch the file again; with Git LFS: git lfs pull.',
      });
    }
    if (facts.size > maxBytes) {
      throw new InputFileError(`${origin} has ${facts.size} bytes; the limit is ${maxBytes} bytes`, {
        hint: 'Scale the picture down first.',
      });
    }
    return await readFile(path);
  } catch (thrown) {
    if (thrown instanceof InputFileError) throw thrown;
    throw unreadable(origin, thrown);
  }
}

function unreadable(origin: string, cause: unknown): InputFileError {
  const code = (cause as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new InputFileError(`${origin} does not exist`, {
        hint: 'Correct the path under `inputs`; it is relative to the spec file.',
        cause,
      });
    case 'EACCES':
    case 'EPERM':
      return new InputFileError(`${origin} may not be read by this user (${code})`, {
        hint: `Allow reading: chmod a+r ${origin}`,
        cause,
      });
    default:
      return new InputFileError(`${origin} could not be read (${code ?? 'unknown reason'})`, {
        hint: 'Check the disk or network share that the file is on.',
        cause,
      });
  }
}
