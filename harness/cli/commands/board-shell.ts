import { openShell } from '../../../runners/ssh/board-care/open-shell.ts';
import { connect } from '../../../runners/ssh/connect.ts';
import { addressOf } from '../../../runners/ssh/inventory/address-of.ts';
import { limitsOf } from '../../../runners/ssh/inventory/ssh-targets.ts';
import { loadProject } from '../../project/project.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { BoardChoiceError, contextOf, sshEntryOf } from './board-entry.ts';

/** `hil board shell`: the board's own shell, over the same way and with the same keys as a run. */
export async function boardShellCommand(name: string, io: Io): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const entry = sshEntryOf(project, name);
  const { stdin, env, signal } = io;
  if (stdin === undefined || stdin.isTTY !== true) {
    throw new BoardChoiceError('a shell needs a terminal, and standard input is none', {
      hint: 'Run it in a terminal; for one command in a script use ssh itself.',
    });
  }
  const address = addressOf(entry, contextOf(project, io));
  await using connection = await connect(address, { ...limitsOf(entry), signal });
  const output = io.stdout as NodeJS.WritableStream;
  const status = await openShell(
    connection,
    { input: stdin, output, kind: env['TERM'] ?? 'vt100' },
    { signal },
  );
  return status === 0 ? exitCodes.ok : exitCodes.failed;
}
