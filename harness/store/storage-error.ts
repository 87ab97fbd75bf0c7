import { HilError } from '../hil-error.ts';

export const storageErrorCode = 'HIL_STORE_WRITE';

/** This machine takes no more of what the harness has to keep: disk full, read-only, or out of order. */
export class StorageError extends HilError {
  readonly code = storageErrorCode;
  readonly owner = 'lab';

  constructor(path: string, cause: Error) {
    super(`${path} cannot be written on this machine: ${cause.message}`, {
      hint: 'Make room on the disk of the state folder (df -h, df -i), or move it with `state` in hil.config.yaml; then run again.',
      cause,
    });
  }
}

/** Faults of a disk; anything else that a write throws is a bug of ours. */
const diskFaults = new Set([
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'ENODEV',
  'ESTALE',
]);

/** What a failed write means. */
export const explainWriteError = (path: string, error: unknown): unknown =>
  error instanceof Error && diskFaults.has(String((error as NodeJS.ErrnoException).code))
    ? new StorageError(path, error)
    : error;
