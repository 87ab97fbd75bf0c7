import { posix } from 'node:path';
import type { SshBoardConfig } from '../../../harness/project/config.ts';
import { readElf } from '../../native/elf.ts';
import type { BoardFacts } from '../board-probe.ts';
import { exec } from '../exec.ts';
import type { ConfigContext } from '../inventory/config-context.ts';
import { quote } from '../quote.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { BoardCache, UploadOptions } from '../upload.ts';
import { DeployError } from './deploy-error.ts';
import { libraryFor, runnerFor } from './files-to-deploy.ts';
import { type FolderOfFiles, placeFolders } from './place-folder.ts';

/** How the device runner is started for one SDK. */
export interface DeviceCommand {
  /** Program and arguments, as words. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** SHA-256 of the libraries that it was given, by file name; absent where it takes those that are installed. */
  readonly libraries?: Readonly<Record<string, string>> | undefined;
}

/**
 * Puts the device runner and the libraries of one SDK on the board, as far as they are not there yet. Everything is
 * checked here before anything is sent.
 *
 * @throws {DeployError} If something is missing or not for this board.
 */
export async function deploy(
  { connection, cache, facts }: { connection: SshConnection; cache: BoardCache; facts: BoardFacts },
  board: SshBoardConfig,
  sdk: string,
  context: ConfigContext,
  options: UploadOptions,
): Promise<DeviceCommand> {
  const runner = runnerFor(board, facts.machine, context);
  const library = libraryFor(board, sdk, facts.machine, context);
  const program = 'file' in runner ? runner.file : undefined;
  if (program) await requireLoader(connection, board.name, program.bytes, facts, options);
  const wanted: FolderOfFiles[] = [];
  if (program) wanted.push({ folders: posix.join(facts.workFolder, 'bin'), files: [program] });
  if (typeof library === 'object' && 'files' in library) {
    wanted.push({ folders: posix.join(facts.workFolder, 'sdk'), files: library.files });
  }
  const paths = wanted.length === 0 ? [] : await placeFolders(connection, cache, wanted, options);

  const path = 'path' in runner ? runner.path : posix.join(paths[0]!, runner.file.name);
  if (library === 'installed') return { words: [path], environment: {} };
  if ('path' in library) return { words: [path, '--library', library.path], environment: {} };
  // The vendor's forwarding stub would take the library that is installed on the board whatever is asked of it, so the
  // release's own runtime is opened, and it must find the rest of its release.
  const folder = paths.at(-1)!;
  return {
    words: [path, '--library', posix.join(folder, library.opened)],
    environment: { LD_LIBRARY_PATH: folder },
    libraries: Object.fromEntries(library.files.map(({ name, sha256 }) => [name, sha256])),
  };
}

/** A program whose loader is missing "is not found" although it is there. */
async function requireLoader(
  connection: SshConnection,
  board: string,
  program: Uint8Array,
  { loaders }: BoardFacts,
  { signal }: UploadOptions,
): Promise<void> {
  const interpreter = readElf(program)?.interpreter;
  if (interpreter === undefined || loaders.has(interpreter)) return;
  const { code } = await exec(connection, `test -e ${quote(interpreter)}`, { signal });
  if (code === 0) return;
  throw new DeployError(
    board,
    `the device runner needs the loader ${interpreter}, which the board lacks`,
    'Its user space is another one than the program is built for (32 bit, or musl): name a runner that is built for it.',
  );
}
