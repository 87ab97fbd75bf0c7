import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { execOrFail } from '../board-shell.ts';
import { quote } from '../quote.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { BoardCache, UploadOptions } from '../upload.ts';
import type { NamedFile } from './files-to-deploy.ts';

/** Files that belong together, and where the folder with them is to be. */
export interface FolderOfFiles {
  /** Where such folders are, beside the cache. */
  readonly folders: string;
  readonly files: readonly NamedFile[];
}

/**
 * Puts files on the board under their own names, in folders that are named by all their contents. The bytes lie in the
 * cache; the folders have links to them, so that two SDKs share what they have in common. One round trip where everything
 * is there already.
 *
 * @returns The folders' paths.
 */
export async function placeFolders(
  connection: SshConnection,
  cache: BoardCache,
  wanted: readonly FolderOfFiles[],
  options: UploadOptions,
): Promise<string[]> {
  const paths = wanted.map(({ folders, files }) => posix.join(folders, manifestHash(files).slice(0, 16)));
  const links = wanted.map(({ files }, index) => linkCommand(cache.folder, paths[index]!, files));
  const command = `sh -c ${quote(links.join(' && '))}`;
  const files = wanted.flatMap((folder) => folder.files);
  const { placed, afterwards } = await cache.placeAllAnd(files, command, options);
  if (!afterwards) {
    const bytes = placed.reduce((sum, file) => sum + file.uploadedBytes, 0);
    await execOrFail(connection, command, { folder: paths[0] ?? '', bytes }, { signal: options.signal });
  }
  return paths;
}

function linkCommand(cacheFolder: string, path: string, files: readonly NamedFile[]): string {
  const links = files.map(({ name, sha256 }) => {
    const target = quote(posix.relative(path, posix.join(cacheFolder, sha256)));
    // Some file systems have no symbolic links.
    return `{ [ -e ${quote(name)} ] || ln -sf ${target} ${quote(name)} || cp ${target} ${quote(name)}; }`;
  });
  return [
    `mkdir -p ${quote(path)}`,
    `cd ${quote(path)}`,
    ...links,
    `chmod 755 ${files.map(({ name }) => quote(name)).join(' ')}`,
  ].join(' && ');
}

const manifestHash = (files: readonly NamedFile[]): string =>
  createHash('sha256')
    .update(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''))
    .digest('hex');
