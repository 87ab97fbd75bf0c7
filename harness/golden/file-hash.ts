import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { HilError } from '../hil-error.ts';

/** A file that a golden depends on is not there or cannot be read. */
export class FileUnreadableError extends HilError {
  readonly code = 'HIL_FILE_UNREADABLE';
  readonly owner = 'spec';

  constructor(path: string, cause: unknown) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    super(`${path} ${why}`, {
      hint: 'Check the path in the spec (it is relative to the spec file) and the file’s permissions.',
      cause,
    });
  }
}

const known = new Map<string, { readonly stamp: string; readonly sha256: Promise<string> }>();

/**
 * sha256 of a file's bytes, in hexadecimal. Remembered in this process until the file's size or time of change is
 * another.
 *
 * @throws {FileUnreadableError}
 */
export async function hashFile(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
    // The time of change of the inode too: a file that is replaced with its old modification time has a new one.
    const stamp = [size, mtimeNs, ctimeNs, ino].join('/');
    const remembered = known.get(path);
    if (remembered?.stamp === stamp) return await remembered.sha256;
    const sha256 = hashContent(path);
    known.set(path, { stamp, sha256 });
    return await sha256;
  } catch (cause) {
    known.delete(path);
    throw new FileUnreadableError(path, cause);
  }
}

async function hashContent(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
