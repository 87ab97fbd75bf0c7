import { cleanBoard } from '../../../runners/ssh/board-care/clean-board.ts';
import { probeBoard } from '../../../runners/ssh/board-probe.ts';
import { connect } from '../../../runners/ssh/connect.ts';
import { addressOf } from '../../../runners/ssh/inventory/address-of.ts';
import { limitsOf } from '../../../runners/ssh/inventory/ssh-targets.ts';
import { BoardLock } from '../../../runners/ssh/lock/board-lock.ts';
import { loadProject } from '../../project/project.ts';
import { LeaseGate, leaseHolder } from '../../store/history/lease-gate.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { openHistory } from '../open-history.ts';
import { contextOf, sshEntryOf } from './board-entry.ts';

/** `hil board clean`: takes everything of ours off a board, left-over device runners too, once no run uses it. */
export async function boardCleanCommand(
  name: string,
  options: { readonly json?: true },
  io: Io,
): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const entry = sshEntryOf(project, name);
  const { signal } = io;
  const address = addressOf(entry, contextOf(project, io));
  const waiting = (holder: string): void =>
    void io.stderr.write(`board ${name} is in use by ${holder}; waiting for it\n`);
  await using gate = new LeaseGate({
    open: () => openHistory(project, io),
    holder: leaseHolder('board clean'),
    onWait: (_, holder) => waiting(holder),
    signal,
  });
  await gate.enter(name);
  await using connection = await connect(address, { ...limitsOf(entry), signal });
  const facts = await probeBoard(connection, entry.workFolder, { signal });
  // The connection's end gives it back.
  await BoardLock.acquire(connection, { ...facts, onWait: waiting, signal });
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
