/** Why a file could not be read, in words: what follows "cannot be read:". */
export function whyUnreadable(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not';
    default:
      return code ?? 'no file';
  }
}
