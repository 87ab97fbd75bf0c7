import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Each real file once, under its shortest name, sorted: a symbolic link that leads back up makes a glob find the same
 * file under many names.
 */
export function distinctFiles(paths: readonly string[]): string[] {
  const byRealPath = new Map<string, string>();
  const shortestFirst = paths
    .map((path) => resolve(path))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  for (const path of shortestFirst) {
    const real = realpathSync(path);
    if (!byRealPath.has(real)) byRealPath.set(real, path);
  }
  return [...byRealPath.values()].sort();
}
