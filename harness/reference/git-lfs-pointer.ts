import { HilError } from '../hil-error.ts';

/** The file is a Git LFS pointer: the text that stands for a large file until it is fetched. */
export class GitLfsPointerError extends HilError {
  readonly code = 'HIL_MODEL_LFS_POINTER';
  readonly owner = 'spec';

  constructor(origin: string, sizeBytes: number | undefined) {
    const size = sizeBytes === undefined ? '' : ` of ${sizeBytes} bytes`;
    super(`${origin} is a Git LFS pointer, not the file${size} itself`, {
      hint: `Fetch it: git lfs pull --include "${origin}"`,
    });
  }
}

const firstLine = 'version https://git-lfs.github.com/spec/';

/**
 * Tells a Git LFS pointer from a file of its own.
 *
 * @throws {GitLfsPointerError}
 * @see https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: the first line, and at most 1024 bytes
 */
export function refuseGitLfsPointer(bytes: Uint8Array, origin: string): void {
  if (bytes.length >= 1024) return;
  const text = new TextDecoder('latin1').decode(bytes);
  if (!text.startsWith(firstLine)) return;
  const size = /^size (\d+)$/m.exec(text)?.[1];
  throw new GitLfsPointerError(origin, size === undefined ? undefined : Number(size));
}
