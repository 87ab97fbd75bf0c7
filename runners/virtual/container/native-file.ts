import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../../harness/harness-version.ts';
import type { BoardImage } from './board-image.ts';
import { NativeFileError } from './container-error.ts';

/** Architectures that our C is built for, as `uname -m` says. */
export type Machine = 'aarch64' | 'x86_64';

/**
 * A file that the project's C gives: the one that ships, or what `runners/native/build.mjs` has built.
 *
 * @returns Its path here.
 * @throws {NativeFileError}
 */
export function nativeFile(machine: Machine, name: 'hil-npu-run' | 'librknn_api.so'): string {
  const found = ['prebuilt', 'build']
    .map((folder) => join(packageFolder, 'runners/native', folder, machine, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new NativeFileError(machine, name);
  return found;
}

/** The architecture of a board's programs. */
export const machineOf = (image: BoardImage): Machine =>
  image !== 'debian' || process.arch === 'arm64' ? 'aarch64' : 'x86_64';
