import { cleanBoard } from '../../../runners/ssh/board-care/clean-board.ts';
import { probeBoard } from '../../../runners/ssh/board-probe.ts';
import { connect } from '../../../runners/ssh/connect.ts';
import { addressOf } from '../../../runners/ssh/inventory/address-of.ts';
import { limitsOf } from '../../../runners/ssh/inventory/ssh-targets.ts';
import { loadProject } from '../../project/project.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { contextOf, sshEntryOf } from './board-entry.ts';

/** `hil board clean`: takes everything of ours off a board, running device runners too. */
export async function boardCleanCommand(
  name: string,
  options: { readonly json?: true },
  io: Io,
): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const entry = sshEntryOf(project, name);
  const { signal } = io;
  const address = addressOf(entry, contextOf(project, io));
  await using connection = await connect(address, { ...limitsOf(entry), signal });
  const facts = await probeBoard(connection, entry.workFolder, { signal });
  const cleaned = await cleanBoard(connection, facts, entry.workFolder, { signal });
  if (options.json) {
    io.stdout.write(`${JSON.stringify(cleaned, undefined, 2)}\n`);
    return exitCodes.ok;
  }
  for (const process of cleaned.killed) io.stdout.write(`killed   ${process}\n`);
  for (const { path, kib } of cleaned.folders) io.stdout.write(`removed  ${path} (${kib} KiB)\n`);
  const total = cleaned.folders.reduce((sum, { kib }) => sum + kib, 0);
  io.stdout.write(`${name}: ${cleaned.killed.length} processes killed, ${total} KiB removed\n`);
  return exitCodes.ok;
}
