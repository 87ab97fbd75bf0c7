import { HilError } from '../hil-error.ts';

/** A file or folder of this machine that cannot be read, made or written. */
export class FileAccessError extends HilError {
  readonly code = 'HIL_FILE_ACCESS';
  readonly owner = 'lab';

  constructor(path: string, reason: string, cause: Error) {
    super(`${path} cannot be used: ${reason}`, {
      hint: 'Name another path, or make this one usable: look at its permissions (ls -ld) and at the disk (df -h).',
      cause,
    });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'the quota of this user is used up',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'there is a file in its place',
  EMFILE: 'too many files are open',
  EIO: 'its disk does not answer as it should',
  // Also what Node says of a new folder on a read-only file system.
  ENOENT: 'the folder it should be in is missing or read-only',
};

/** What the operating system refused, as an error that says so; anything else as it is. */
export function explainFileError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof HilError) return thrown;
  const { code, path } = thrown as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : reasons[code];
  return reason === undefined || typeof path !== 'string'
    ? thrown
    : new FileAccessError(path, reason, thrown);
}
