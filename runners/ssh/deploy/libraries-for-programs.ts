import { posix } from 'node:path';
import type { SshBoardConfig } from '../../../harness/project/config.ts';
import { execOrFail } from '../board-shell.ts';
import type { BoardFacts } from '../board-probe.ts';
import type { ConfigContext } from '../inventory/config-context.ts';
import { commandLine, quote } from '../quote.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { BoardCache, UploadOptions } from '../upload.ts';
import { libraryFor, type NamedFile } from './files-to-deploy.ts';
import { placeFolders } from './place-folder.ts';

/** How a team's own program finds the vendor's libraries of one SDK. */
export interface ProgramLibraries {
  readonly environment: Readonly<Record<string, string>>;
  /** SHA-256 of the libraries that were put there, by file name; absent where it takes those that are installed. */
  readonly libraries?: Readonly<Record<string, string>> | undefined;
}

/** What programs are linked with. The vendor's file of this name only opens the runtime that is installed. */
const linked = 'librknn_api.so';

/**
 * Puts the libraries of one SDK on the board, and has `librknn_api.so` be the library that the entry says is to be opened:
 * the release's own runtime, which has the same functions. The forwarding stub of that name would take the installed
 * runtime, whatever the SDK.
 *
 * @throws {DeployError} If something is missing or not for this board.
 */
export async function librariesForPrograms(
  { connection, cache, facts }: { connection: SshConnection; cache: BoardCache; facts: BoardFacts },
  board: SshBoardConfig,
  sdk: string,
  context: ConfigContext,
  options: UploadOptions,
): Promise<ProgramLibraries> {
  const library = libraryFor(board, sdk, facts.machine, context);
  if (library === 'installed') return { environment: {} };
  const folders = posix.join(facts.workFolder, 'sdk');
  if ('path' in library) return { environment: { LD_LIBRARY_PATH: await linkOnBoard(library.path) } };

  const opened = library.files.find(({ name }) => name === library.opened)!;
  const files: NamedFile[] = [
    ...library.files.filter(({ name }) => name !== linked),
    { ...opened, name: linked },
  ];
  const [folder] = await placeFolders(connection, cache, [{ folders, files }], options);
  return {
    environment: { LD_LIBRARY_PATH: folder! },
    libraries: Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256])),
  };

  async function linkOnBoard(path: string): Promise<string> {
    const beside = posix.dirname(path);
    if (posix.basename(path) === linked) return beside;
    const ours = posix.join(folders, `of-${path.replaceAll(/[^\w.-]+/g, '-')}`);
    const link = commandLine(['ln', '-sf', path, posix.join(ours, linked)]);
    const command = `mkdir -p ${quote(ours)} && ${link}`;
    await execOrFail(connection, command, { folder: ours, bytes: 0 }, { signal: options.signal });
    return `${ours}:${beside}`;
  }
}
