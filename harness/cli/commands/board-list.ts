import { pinNameOf } from '../../../runners/ssh/inventory/address-of.ts';
import { knownBoardsFileName, readKnownBoards } from '../../../runners/ssh/inventory/known-boards.ts';
import { plainTable } from '../../../reports/console/plain-table.ts';
import { loadProject } from '../../project/project.ts';
import { boardsOf } from '../../vitest/boards.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

interface ListedBoard {
  readonly name: string;
  readonly kind: string;
  readonly address: string;
  readonly chip: string;
  readonly simulated: boolean;
  readonly sdks: readonly string[];
  readonly tags: readonly string[];
  /** Whether a host key is on record; virtual boards need none. */
  readonly pinned: boolean | undefined;
}

/** `hil board list`: the boards of the project. Touches none. */
export async function boardListCommand(options: { readonly json?: true }, io: Io): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const known = readKnownBoards(project.root);
  const listed = boardsOf(project).map(({ name, chip, sdks, tags, simulated }): ListedBoard => {
    const entry = project.config.boards.find((board) => board.name === name);
    const common = { name, chip, sdks, tags, simulated };
    if (entry?.kind !== 'ssh') return { ...common, kind: 'virtual', address: '', pinned: undefined };
    return {
      ...common,
      kind: entry.kind,
      address: `${entry.user === undefined ? '' : `${entry.user}@`}${entry.port === undefined ? entry.host : pinNameOf({ host: entry.host, port: entry.port })}`,
      pinned: entry.hostKeys.length + (known.boards[name]?.length ?? 0) > 0,
    };
  });
  if (options.json) {
    io.stdout.write(`${JSON.stringify(listed, undefined, 2)}\n`);
    return exitCodes.ok;
  }
  const rows = listed.map(({ name, kind, address, chip, simulated, sdks, tags, pinned }) => [
    name,
    kind,
    address,
    simulated ? `${chip} (simulated)` : chip,
    sdks.join(', '),
    tags.join(', '),
    pinned === undefined ? '' : pinned ? 'yes' : 'no',
  ]);
  const titles = ['board', 'kind', 'address', 'chip', 'SDKs', 'tags', 'host key pinned'];
  const table = plainTable(
    titles.map((title) => ({ title })),
    rows,
  );
  io.stdout.write(`${table.join('\n')}\n`);
  const strangers = listed.filter(({ pinned }) => pinned === false);
  if (strangers.length > 0) {
    io.stderr.write(
      `next: npx hil board trust ${strangers[0]!.name} (shows the host key and pins it in ${knownBoardsFileName})\n`,
    );
  }
  return exitCodes.ok;
}
