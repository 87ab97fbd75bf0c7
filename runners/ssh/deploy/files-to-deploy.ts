import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageFolder } from '../../../harness/harness-version.ts';
import type { SshBoardConfig } from '../../../harness/project/config.ts';
import { sha256Hex } from '../../../harness/tensor/content-hash.ts';
import { type ElfFacts, readElf } from '../../native/elf.ts';
import { type ConfigContext, resolvePath } from '../inventory/config-context.ts';
import type { BoardFile } from '../upload.ts';
import { DeployError } from './deploy-error.ts';

/** A file for the board with the name that it must have there. */
export interface NamedFile extends BoardFile {
  readonly name: string;
}

/** The device runner: a path that the board has, or a file to put there. */
export type RunnerSource = { readonly path: string } | { readonly file: NamedFile };
/** An SDK's library: installed, at a path that the board has, or files to put there of which one is opened. */
export type LibrarySource =
  'installed' | { readonly path: string } | { readonly files: readonly NamedFile[]; readonly opened: string };

/** @throws {DeployError} If there is no device runner for the board's machine. */
export function runnerFor(board: SshBoardConfig, machine: string, context: ConfigContext): RunnerSource {
  if (board.runner && 'path' in board.runner) return board.runner;
  const path = board.runner
    ? resolvePath(board.runner.file, context)
    : join(packageFolder, 'runners', 'native', 'prebuilt', machine, 'hil-npu-run');
  const bytes = readForBoard(board, path, 'the device runner', machine, () =>
    board.runner === undefined ? `there is no prebuilt device runner for its machine, ${machine}` : undefined,
  );
  return { file: { name: 'hil-npu-run', bytes, sha256: sha256Hex(bytes) } };
}

/** @throws {DeployError} If the files are not there, or for another machine than the board. */
export function libraryFor(
  board: SshBoardConfig,
  sdk: string,
  machine: string,
  context: ConfigContext,
): LibrarySource {
  const library = board.libraries?.[sdk];
  if (library === undefined) return 'installed';
  if (typeof library === 'string') return { path: library };
  const folder = 'folder' in library ? resolvePath(library.folder, context) : undefined;
  const paths =
    folder === undefined ? [resolvePath(library.file, context)] : filesOf(board.name, sdk, folder);
  const opened = basename(library.file);
  if (!paths.some((path) => basename(path) === opened)) {
    throw new DeployError(
      board.name,
      `${folder} holds no ${opened}, which is what the device runner opens for SDK ${sdk}`,
      `Put the SDK's libraries there (from drivers/linux-aarch64/usr/lib of the vendor's release), or correct libraries["${sdk}"].file.`,
    );
  }
  const files = paths.map((path): NamedFile => {
    const bytes = readForBoard(board, path, `the library of SDK ${sdk}`, machine, () => undefined);
    return { name: basename(path), bytes, sha256: sha256Hex(bytes) };
  });
  return { files, opened };
}

function filesOf(board: string, sdk: string, folder: string): string[] {
  try {
    // Links count as what they point to: the board gets a file under each name.
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile());
  } catch (cause) {
    throw new DeployError(
      board,
      `the folder of SDK ${sdk} cannot be read: ${(cause as Error).message}`,
      `Correct libraries["${sdk}"].folder in hil.config.yaml, or put the SDK's libraries there.`,
    );
  }
}

/** A wrong machine would show on the board as "Exec format error", after everything has been sent. */
function readForBoard(
  { name }: SshBoardConfig,
  path: string,
  what: string,
  machine: string,
  absence: () => string | undefined,
): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new DeployError(
      name,
      absence() ?? `${what}, ${path}, cannot be read: ${(cause as Error).message}`,
      'Correct its path in the board’s entry in hil.config.yaml; `node runners/native/build.mjs` builds the device runner.',
    );
  }
  const isLibrary = /\.so(\.|$)/.test(path);
  const elf = readElf(bytes);
  if (elf === undefined) {
    // Scripts may be runners, and SDK folders hold headers and texts too.
    if (!isLibrary) return bytes;
    throw new DeployError(
      name,
      `${what}, ${path}, is no shared library (${bytes.length} bytes, no ELF header)`,
      'Check that the whole file was copied; a checkout without git-lfs holds pointers only.',
    );
  }
  if (runsOn(elf, machine)) return bytes;
  throw new DeployError(
    name,
    `${what}, ${path}, is for ${elf.machine} (${elf.bits} bit), but the board is ${machine}`,
    `Name one for ${machine} in the board’s entry in hil.config.yaml.`,
  );
}

/** Whether a machine (`uname -m`) runs such a file: 64-bit kernels may carry a 32-bit user space. */
export function runsOn({ machine }: ElfFacts, uname: string): boolean {
  if (machine === uname) return true;
  if (machine === 'arm') return uname.startsWith('arm') || uname === 'aarch64';
  return machine === 'x86' && /^(i[3-6]86|x86_64)$/.test(uname);
}
