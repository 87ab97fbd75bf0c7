import type { Command } from 'commander';
import type { ExitCode, Io } from './io.ts';
import { examples, versions } from './option-values.ts';

type Act = <A extends unknown[]>(
  command: (...values: A) => Promise<ExitCode>,
) => (...values: A) => Promise<void>;

/** `hil layers ...`. */
export function defineLayersCommands(program: Command, io: Io, act: Act): void {
  const layers = program
    .command('layers')
    .description('Find the layer that is wrong: a dump run on the board, held against the reference.')
    .argument('[words...]', 'paths of specs or folders; other words filter by case name')
    .option('--run <run>', 'only cases that failed in precision in this stored run, where they failed')
    .option('--board <name>', 'use this board')
    .option('--sdk <version,...>', 'use this SDK; of two, the first layer that differs is named', versions)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('hil layers --run latest', 'hil layers "two-class u8 › plum-2" --sdk 1.5.0,1.6.1'),
    )
    .action(
      act(async (words: string[], options) => {
        const { layersCommand } = await import('./commands/layers.ts');
        return layersCommand(words, options, io);
      }),
    );

  layers
    .command('import')
    .description(
      'Read a folder of layer dumps: of a driver (NN_LAYER_DUMP=1), or of the toolkit’s accuracy analysis.',
    )
    .argument('<folder>', 'where the dump’s files are')
    .option('--case <name>', 'hold it against the reference of this case, whose input was dumped')
    .option('--sdk <version>', 'with the model of this SDK')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('hil layers import dump', 'hil layers import dump --case "two-class fp16 › apple-1" --json'),
    )
    .action(
      act(async (folder: string, options) => {
        const { layersImportCommand } = await import('./commands/layers-import.ts');
        return layersImportCommand(folder, options, io);
      }),
    );
}
