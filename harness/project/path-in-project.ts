import { isAbsolute, relative, sep } from 'node:path';

/** A path as it is shown to people and stored in records: relative to the root, with forward slashes. */
export function relativePath(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}

/** Whether `path` lies in `folder` (or is it), by name. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
