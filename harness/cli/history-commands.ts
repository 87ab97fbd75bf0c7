import type { Command } from 'commander';
import type { ExitCode, Io } from './io.ts';
import { examples, moment, wholeNumber } from './option-values.ts';

type Act = <A extends unknown[]>(
  command: (...values: A) => Promise<ExitCode>,
) => (...values: A) => Promise<void>;

/** The commands that read and keep the history of runs. */
export function defineHistoryCommands(program: Command, io: Io, act: Act): void {
  program
    .command('runs')
    .description('List the newest runs of the history.')
    .option('--limit <n>', 'how many', wholeNumber(1), 20)
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil runs', 'hil runs --limit 5 --json'))
    .action(
      act(async (options) => {
        const { runsCommand } = await import('./commands/runs.ts');
        return runsCommand(options, io);
      }),
    );

  program
    .command('show')
    .description('Show a run of the history.')
    .argument('[run]', 'run id or its beginning', 'latest')
    .option('--brief', 'print a few lines, as for a message')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil show', 'hil show 2026-11-22 --json'))
    .action(
      act(async (run: string, options) => {
        const { showCommand } = await import('./commands/show.ts');
        return showCommand(run, options, io);
      }),
    );

  program
    .command('diff')
    .description('Compare two runs: what moved, by how much, and what changed around the networks.')
    .argument('<before>', 'run id or its beginning')
    .argument('[after]', 'run id or its beginning', 'latest')
    .option('--all', 'also the cases that are the same')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil diff 2026-11-21', 'hil diff 2026-11-21 2026-11-22 --all'))
    .action(
      act(async (before: string, after: string, options) => {
        const { diffCommand } = await import('./commands/diff.ts');
        return diffCommand(before, after, options, io);
      }),
    );

  program
    .command('history')
    .description('Show cases over time and over SDK stacks.')
    .argument('[case]', 'name of a case, or a part of it')
    .option('--board <name>', 'only on this board')
    .option('--sdk <version>', 'only with this SDK')
    .option('--since <when>', 'a date, or an age such as 30d', moment)
    .option('--limit <n>', 'newest results of each case', wholeNumber(1), 200)
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil history', 'hil history "two-class fp16" --sdk 1.7.5 --since 30d'))
    .action(
      act(async (name: string | undefined, options) => {
        const { historyCommand } = await import('./commands/history.ts');
        return historyCommand(name, options, io);
      }),
    );

  program
    .command('export')
    .description('Write the whole history as JSON Lines.')
    .option('--output <file>', 'the file; standard output without')
    .addHelpText(
      'after',
      examples('hil export --output history.jsonl', 'hil export | gzip > history.jsonl.gz'),
    )
    .action(
      act(async (options) => {
        const { exportCommand } = await import('./commands/transfer-history.ts');
        return exportCommand(options, io);
      }),
    );

  program
    .command('import')
    .description('Add runs that hil export wrote; what is there already stays.')
    .argument('<files...>', 'files of JSON Lines')
    .addHelpText('after', examples('hil import history.jsonl', 'hil import old/*.jsonl'))
    .action(
      act(async (files: string[]) => {
        const { importCommand } = await import('./commands/transfer-history.ts');
        return importCommand(files, io);
      }),
    );

  program
    .command('prune')
    .description('Forget old runs: records, folders and captures.')
    .requiredOption('--before <when>', 'a date, or an age such as 90d', moment)
    .option('--keep <n>', 'keep the newest n runs in any case', wholeNumber(0), 10)
    .addHelpText('after', examples('hil prune --before 90d', 'hil prune --before 2026-01-01 --keep 100'))
    .action(
      act(async (options) => {
        const { pruneCommand } = await import('./commands/prune.ts');
        return pruneCommand(options, io);
      }),
    );
}
