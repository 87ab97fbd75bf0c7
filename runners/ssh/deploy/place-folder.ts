import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { execOrFail } from '../board-shell.ts';
import { quote } from '../quote.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { BoardCache, UploadOptions } from '../upload.ts';
import type { NamedFile } from './files-to-deploy.ts';

/**
 * Puts files on the board under their own names, in a folder that is named by all their contents. The bytes lie in the
 * cache; the folder has links to them, so that two SDKs share what they have in common.
 *
 * @param folders - Where such folders are, beside the cache.
 * @returns The folder's path, and how many bytes had to be sent.
 */
export async function placeFolder(
  connection: SshConnection,
  cache: BoardCache,
  folders: string,
  files: readonly NamedFile[],
  options: UploadOptions,
): Promise<{ readonly path: string; readonly uploadedBytes: number }> {
  const placed = await cache.placeAll(files, options);
  const path = posix.join(folders, manifestHash(files).slice(0, 16));
  const links = files.map(({ name, sha256 }) => {
    const target = quote(posix.relative(path, posix.join(cache.folder, sha256)));
    // Some file systems have no symbolic links.
    return `{ [ -e ${quote(name)} ] || ln -sf ${target} ${quote(name)} || cp ${target} ${quote(name)}; }`;
  });
  const script = [
    `mkdir -p ${quote(path)}`,
    `cd ${quote(path)}`,
    ...links,
    `chmod 755 ${quotedNames(files)}`,
  ].join(' && ');
  const uploadedBytes = placed.reduce((sum, file) => sum + file.uploadedBytes, 0);
  await execOrFail(
    connection,
    `sh -c ${quote(script)}`,
    { folder: path, bytes: uploadedBytes },
    { signal: options.signal },
  );
  return { path, uploadedBytes };
}

const quotedNames = (files: readonly NamedFile[]): string => files.map(({ name }) => quote(name)).join(' ');

const manifestHash = (files: readonly NamedFile[]): string =>
  createHash('sha256')
    .update(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''))
    .digest('hex');
