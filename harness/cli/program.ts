import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { harnessVersion } from '../harness-version.ts';
import { defineHistoryCommands } from './history-commands.ts';
import type { ExitCode, Io } from './io.ts';
import { exitCodes } from './io.ts';
import { examples, moment, versions, wholeNumber, runNames } from './option-values.ts';
import { printError } from './print-error.ts';
import { defineBoardCommands } from './board-commands.ts';
import { defineLayersCommands } from './layers-commands.ts';
import { defineModelCommands } from './model-commands.ts';
import { defineVirtualCommands } from './virtual-commands.ts';

/** Runs one command line. Commands are loaded when they are called: starting the program loads none. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const act =
    <A extends unknown[]>(command: (...values: A) => Promise<ExitCode>) =>
    async (...values: A) => {
      exitCode = await command(...values);
    };
  const program = defineProgram(io, act);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has already written its message or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return printError(error, io);
  }
}

type Act = <A extends unknown[]>(
  command: (...values: A) => Promise<ExitCode>,
) => (...values: A) => Promise<void>;

function defineProgram(io: Io, act: Act): Command {
  const program = new Command('hil')
    .description('Regression harness for neural networks on Rockchip RK1808 NPU boards.')
    .version(harnessVersion)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .showHelpAfterError('(--help shows the options)')
    .showSuggestionAfterError();

  program
    .command('run')
    .description('Run specs on a board and compare with their goldens.')
    .argument('[words...]', 'paths of specs or folders; other words filter by case name')
    .option('-t, --name <pattern>', 'only cases whose name matches this regular expression', pattern)
    .option('--tag <tag...>', 'only specs with one of these tags')
    .option('--board <name>', 'use this board')
    .option('--sdk <version,...>', 'use this SDK version; several are a matrix, each case on each', versions)
    .option(
      '--ci',
      'write for a log: no lines are redrawn; on GitHub Actions with marks in files and a summary',
    )
    .option('--repeat <n>', 'run each case n times on the board; runs must agree bit for bit', wholeNumber(1))
    .option(
      '--retry <n>',
      'repeat a case up to n times after rig trouble; precision failures never are',
      wholeNumber(0),
    )
    .option('--shard <i/n>', 'run every n-th case, starting with the i-th', shard)
    .option('--bail [n]', 'stop after n cases that did not pass', wholeNumber(1))
    .option('--workers <n>', 'number of worker processes', wholeNumber(1))
    .option('--watch', 'run again when a spec, a model or a picture changes')
    .option('--reporter <name...>', 'further reporters of Vitest, e.g. verbose, junit, github-actions')
    .option('--update-golden', 'recompute the goldens of these cases first')
    .addOption(
      new Option('--explain <when>', 'explain why cases are off: those that failed, all, or none').choices([
        'never',
        'failed',
        'always',
      ] as const),
    )
    .option('--dry-run', 'list the cases and their boards, touch nothing')
    .option(
      '--json [file]',
      'write the records (of a dry run: the plan) as JSON, to standard output without a file',
    )
    .option('--allure <folder>', 'folder for the Allure results')
    .option('--junit <file>', 'file for the JUnit report')
    .addHelpText('after', examples('hil run specs', 'hil run specs/story -t "story 4" --sdk 1.6.1'))
    .action(
      act(async (words: string[], options) => {
        const { runCommand } = await import('./commands/run.ts');
        return runCommand(words, options, io);
      }),
    );

  program
    .command('convert')
    .description('Make the boards’ models of specs that have conversion settings; no board is touched.')
    .argument('[words...]', 'paths of specs or folders; other words filter by case name')
    .option('--sdk <version,...>', 'for these SDK versions; the matrix of the config by default', versions)
    .option('--again', 'convert what is in the cache too')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil convert specs', 'hil convert specs --sdk 1.6.1,1.7.5 --again'))
    .action(
      act(async (words: string[], options) => {
        const { convertCommand } = await import('./commands/convert.ts');
        return convertCommand(words, options, io);
      }),
    );

  program
    .command('accept')
    .description(
      'Check whether one may move from one SDK to another: both are run, or stored runs are taken.',
    )
    .argument('[words...]', 'paths of specs or folders; other words filter by case name')
    .option('--baseline <sdk>', 'the SDK in use')
    .option('--candidate <sdk>', 'the SDK to move to')
    .option(
      '--baseline-run <run,...>',
      'take the baseline from this stored run: its id or its beginning; several are one, e.g. shards',
      runNames,
    )
    .option('--candidate-run <run,...>', 'take the candidate from this stored run, or several', runNames)
    .option('--history', 'take from the history what still holds, and run only what is missing')
    .option('--since <when>', 'of the history nothing older: a date, or an age such as 14d', moment)
    .option(
      '--attribution',
      'also run the old models on the new SDK and the new ones on the old, to tell converter from runtime',
    )
    .option('--offline', 'judge the models alone, without boards: both sides on the simulated NPU')
    .option('-t, --name <pattern>', 'only cases whose name matches this regular expression', pattern)
    .option('--tag <tag...>', 'only specs with one of these tags')
    .option('--board <name>', 'use this board')
    .option('--repeat <n>', 'run each case n times on the board, to measure its noise', wholeNumber(1))
    .option('--output <folder>', 'folder for the reports')
    .option('--allure <folder>', 'folder for an Allure result of the check')
    .option('--json', 'print the assessment as JSON')
    .addHelpText(
      'after',
      examples(
        'hil accept --baseline 1.6.1 --candidate 1.7.5',
        'hil accept --baseline 1.6.1 --candidate 1.7.5 --history --since 14d --attribution',
        'hil accept --baseline-run 2026-01-05T21 --candidate-run latest',
        'hil accept --baseline 1.6.1 --candidate 1.7.5 --offline',
      ),
    )
    .action(
      act(async (words: string[], options) => {
        const { acceptCommand } = await import('./commands/accept.ts');
        return acceptCommand(words, options, io);
      }),
    );

  program
    .command('report')
    .description('Make the Allure report of stored runs, with history and trends, and open it.')
    .argument('[run...]', 'run ids or their beginnings; the latest run without')
    .option('--last <n>', 'the newest n runs: of each case the newest result', wholeNumber(1))
    .option('--history <n>', 'earlier runs that trends and histories show at most', wholeNumber(0), 30)
    .option('--output <folder>', 'folder for the report')
    .option('--open', 'serve it and open the browser (the default)', true)
    .option('--no-open', 'only make it')
    .addHelpText('after', examples('hil report --last 3', 'hil report latest --no-open --output public'))
    .action(
      act(async (runs: string[], options) => {
        const { reportCommand } = await import('./commands/report.ts');
        return reportCommand(runs, options, io);
      }),
    );

  program
    .command('judge')
    .description('Judge a stored run again, with other tolerances, without any board.')
    .argument('[run]', 'run id or its beginning', 'latest')
    .option('--tolerance <tolerance>', 'a preset (fp16, i16, u8, i8) or limits in YAML: "{atol: 0.01}"')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil judge', 'hil judge latest --tolerance "{preset: fp16, maxUlp: 64}"'))
    .action(
      act(async (run: string, options) => {
        const { judgeCommand } = await import('./commands/judge.ts');
        return judgeCommand(run, options, io);
      }),
    );

  program
    .command('lint')
    .description('Check specs, and what faults their tolerances would let through.')
    .argument('[words...]', 'paths of specs or folders; other words filter by case name')
    .option('--run <run>', 'take the real outputs from this stored run', 'latest')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil lint specs', 'hil lint specs --run latest --json'))
    .action(
      act(async (words: string[], options) => {
        const { lintCommand } = await import('./commands/lint.ts');
        return lintCommand(words, options, io);
      }),
    );

  program
    .command('inspect')
    .description('Say what model files hold: .rknn, .onnx, .prototxt, .caffemodel.')
    .argument('<file...>', 'model files')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('hil inspect model.rknn', 'hil inspect models/*.rknn --json'))
    .action(
      act(async (files: string[], options) => {
        const { inspectCommand } = await import('./commands/inspect.ts');
        return inspectCommand(files, options, io);
      }),
    );

  defineLayersCommands(program, io, act);
  defineModelCommands(program, io, act);

  defineHistoryCommands(program, io, act);

  const golden = program
    .command('golden')
    .description('Goldens: stored reference outputs and where they come from.');
  for (const [name, description] of [
    ['update', 'Compute the goldens of these cases and store them.'],
    ['check', 'Say which stored goldens are fresh, stale or missing.'],
    ['show', 'Show what goldens hold and where they come from.'],
  ] as const) {
    golden
      .command(name)
      .description(description)
      .argument('[words...]', 'paths of specs or folders; other words filter by case name')
      .option('--json', 'print JSON')
      .addHelpText(
        'after',
        examples(`hil golden ${name}`, `hil golden ${name} specs/two-class/fp16.hil.yaml`),
      )
      .action(
        act(async (words: string[], options) => {
          const { goldenCommand } = await import('./commands/golden.ts');
          return goldenCommand(name, words, options, io);
        }),
      );
  }

  program
    .command('schema')
    .description('Print the JSON Schema of spec files (or of hil.config.yaml), for editors.')
    .addOption(new Option('--of <what>', 'which file').choices(['spec', 'config']).default('spec'))
    .option('--output <file>', 'write it to a file')
    .addHelpText(
      'after',
      examples('hil schema > hil.schema.json', 'hil schema --of config --output config.schema.json'),
    )
    .action(
      act(async (options) => {
        const { schemaCommand } = await import('./commands/schema.ts');
        return schemaCommand(options, io);
      }),
    );

  program
    .command('init')
    .description('Write a first spec and a config into this project.')
    .addHelpText('after', examples('hil init', 'hil init && hil run'))
    .action(
      act(async () => {
        const { initCommand } = await import('./commands/init.ts');
        return initCommand(io);
      }),
    );

  program
    .command('doctor')
    .description('Check this machine: Node, native libraries, project, boards.')
    .addHelpText('after', examples('hil doctor', 'hil doctor --json'))
    .option('--json', 'print JSON')
    .action(
      act(async (options) => {
        const { doctorCommand } = await import('./commands/doctor.ts');
        return doctorCommand(options, io);
      }),
    );

  defineBoardCommands(program, io, act);

  defineVirtualCommands(program, io, act);

  return program;
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

function shard(text: string): { index: number; count: number } {
  const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index < 1 || index > count)
    throw new InvalidArgumentError('It must be i/n with 1 <= i <= n, e.g. 2/3.');
  return { index, count };
}
