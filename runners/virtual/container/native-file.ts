import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { packageFolder } from '../../../harness/harness-version.ts';
import type { BoardImage } from './board-image.ts';
import { NativeFileError } from './container-error.ts';

/** Architectures that our C is built for, as `uname -m` says. */
export type Machine = 'aarch64' | 'x86_64';

/** The architecture of a board's programs. */
export const machineOf = (image: BoardImage): Machine =>
  image !== 'debian' || process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/**
 * A file that the project's C gives: the one that ships, else it is built, which needs a compiler.
 *
 * @returns Its path here.
 * @throws {NativeFileError}
 */
export async function nativeFile(machine: Machine, name: 'hil-npu-run' | 'librknn_api.so'): Promise<string> {
  const native = join(packageFolder, 'runners/native');
  const prebuilt = join(native, 'prebuilt', machine, name);
  if (existsSync(prebuilt)) return prebuilt;
  const target = machine === 'aarch64' ? 'aarch64' : 'host';
  try {
    const args = [join(native, 'build.mjs'), '--target', target];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const built = stdout.split('\n').find((path) => basename(path) === name);
    if (built !== undefined) return built;
  } catch (error) {
    throw new NativeFileError(machine, name, error);
  }
  throw new NativeFileError(machine, name, undefined);
}
