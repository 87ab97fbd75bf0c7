import type { Command } from 'commander';
import type { ExitCode, Io } from './io.ts';
import { examples } from './option-values.ts';

type Act = <A extends unknown[]>(
  command: (...values: A) => Promise<ExitCode>,
) => (...values: A) => Promise<void>;

/** `hil board list|check|trust|shell|clean`. */
export function defineBoardCommands(program: Command, io: Io, act: Act): void {
  const board = program.command('board').description('Boards: what is there, and whether it is fit.');
  board
    .command('list')
    .description('List the boards of the project; touches none.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil board list', 'hil board list --json'))
    .action(
      act(async (options) => {
        const { boardListCommand } = await import('./commands/board-list.ts');
        return boardListCommand(options, io);
      }),
    );
  board
    .command('check')
    .description(
      'Look at boards: chip, driver against libraries, room, heat, leftovers; run their canary models.',
    )
    .argument('[boards...]', 'names of boards; all by default')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil board check', 'hil board check stick-1 --json'))
    .action(
      act(async (names: string[], options) => {
        const { boardCheckCommand } = await import('./commands/board-check.ts');
        return boardCheckCommand(names, options, io);
      }),
    );
  board
    .command('trust')
    .description('Show the host key of a board and pin it, those of jump hosts on the way too.')
    .argument('<board>', 'name of the board')
    .option('-y, --yes', 'do not ask; needs --fingerprint')
    .option('--fingerprint <SHA256:...>', 'pin the key only if it is this one', collect)
    .addHelpText(
      'after',
      examples('hil board trust stick-1', 'hil board trust stick-1 --yes --fingerprint SHA256:...'),
    )
    .action(
      act(async (name: string, options) => {
        const { boardTrustCommand } = await import('./commands/board-trust.ts');
        return boardTrustCommand(name, options, io);
      }),
    );
  board
    .command('shell')
    .description('Open a shell on a board, over the same way and with the same keys as a run.')
    .argument('<board>', 'name of the board')
    .addHelpText('after', examples('hil board shell stick-1', 'hil board shell evb-2'))
    .action(
      act(async (name: string) => {
        const { boardShellCommand } = await import('./commands/board-shell.ts');
        return boardShellCommand(name, io);
      }),
    );
  board
    .command('clean')
    .description(
      'Take everything of ours off a board that no run uses: cache, libraries, device runners that are left.',
    )
    .argument('<board>', 'name of the board')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil board clean stick-1', 'hil board clean stick-1 --json'))
    .action(
      act(async (name: string, options) => {
        const { boardCleanCommand } = await import('./commands/board-clean.ts');
        return boardCleanCommand(name, options, io);
      }),
    );
}

const collect = (value: string, previous: readonly string[] = []) => [...previous, value];
