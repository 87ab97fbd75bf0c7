import fileSystem from 'node:fs';
import { type FileSystemAdapter, globSync } from 'tinyglobby';

/** What a glob matches, as absolute paths. */
export interface GlobbedFiles {
  readonly files: readonly string[];
  /** Symbolic links that match and lead nowhere, or back to themselves. */
  readonly broken: readonly string[];
}

/** Files, never folders, that a pattern matches from `folder` on; symbolic links are followed. */
export function globFiles(pattern: string, folder: string): GlobbedFiles {
  const matches = globSync(pattern, {
    cwd: folder,
    absolute: true,
    onlyFiles: true,
    followSymbolicLinks: true,
    expandDirectories: false,
    fs: seesBrokenLinks,
  });
  const leadsSomewhere = (path: string) => fileSystem.existsSync(path);
  return {
    files: matches.filter(leadsSomewhere),
    broken: matches.filter((path) => !leadsSomewhere(path)),
  };
}

/**
 * A glob leaves out links that lead nowhere, without a word: pictures that are kept elsewhere and were not fetched would
 * be cases less. With this they count as files.
 */
const seesBrokenLinks: FileSystemAdapter = {
  statSync: (path: string) =>
    orOfLink(
      () => fileSystem.statSync(path),
      () => fileSystem.lstatSync(path),
    ),
  realpathSync: (path: string) =>
    orOfLink(
      () => fileSystem.realpathSync(path),
      () => path,
    ),
} as FileSystemAdapter;

function orOfLink<T>(follow: () => T, otherwise: () => T): T {
  try {
    return follow();
  } catch {
    return otherwise();
  }
}
