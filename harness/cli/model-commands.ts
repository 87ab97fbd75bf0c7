import type { Command } from 'commander';
import type { ExitCode, Io } from './io.ts';
import { examples } from './option-values.ts';

type Act = <A extends unknown[]>(
  command: (...values: A) => Promise<ExitCode>,
) => (...values: A) => Promise<void>;

/** Questions about model files that need no board. */
export function defineModelCommands(program: Command, io: Io, act: Act): void {
  program
    .command('diff-model')
    .description(
      'Say what differs between two .rknn files of one network, and what that does to the answers.',
    )
    .argument('<before>', 'the old .rknn file')
    .argument('<after>', 'the new one')
    .option('--spec <words...>', 'try both on the inputs of these cases, beside their float network')
    .option('--all', 'show every row of long lists')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'hil diff-model net-1.6.1.rknn net-1.7.5.rknn',
        'hil diff-model net-1.6.1.rknn net-1.7.5.rknn --spec specs/net.hil.yaml',
      ),
    )
    .action(
      act(async (before: string, after: string, options) => {
        const { diffModelCommand } = await import('./commands/diff-model.ts');
        return diffModelCommand(before, after, options, io);
      }),
    );

  program
    .command('convert-check')
    .description(
      'Hold converted models against their float networks, layer by layer, before any board sees them.',
    )
    .argument('[words...]', 'paths of specs or folders; other words filter by case name')
    .option('--model <rknn>', 'check this file instead of the one that the specs name')
    .option('--all', 'show every layer')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('hil convert-check specs/net.hil.yaml', 'hil convert-check net --model build/net.u8.rknn'),
    )
    .action(
      act(async (words: string[], options) => {
        const { convertCheckCommand } = await import('./commands/convert-check.ts');
        return convertCheckCommand(words, options, io);
      }),
    );
}
