import { describe, expect, test } from 'vitest';
import { harnessVersion } from '../harness-version.ts';
import { temporaryProject } from '../spec/temporary-project.ts';
import { cli } from './fake-io.ts';

const commands = [
  'run',
  'report',
  'judge',
  'lint',
  'layers',
  'layers import',
  'golden update',
  'golden check',
  'golden show',
  'schema',
  'init',
  'doctor',
  'virtual build-model',
  'virtual npu',
];

const inEmptyFolder = async (...args: readonly string[]) => {
  using place = temporaryProject();
  return cli(place.root, ...args);
};

describe('help', () => {
  test('names every command', async () => {
    const { code, stdout, stderr } = await inEmptyFolder('--help');

    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command.split(' ')[0]}\\b`, 'm'));
  });

  test.each(commands)('of %s says what it does, its options, and two examples to paste', async (command) => {
    const { code, stdout, stderr } = await inEmptyFolder(...command.split(' '), '--help');

    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(new RegExp(`^Usage: hil ${command} `));
    expect(stdout).toContain('-h, --help');
    expect(stdout.split('Examples:\n')[1]).toMatch(/^( {2}npx hil .*\n){2}\n?$/);
  });

  test('is what a group of commands gives when none is named, as an error', async () => {
    const { code, stderr } = await inEmptyFolder('golden');

    expect(code).toBe(2);
    expect(stderr).toContain('Usage: hil golden [options] [command]');
  });

  test('has the version beside it', async () => {
    const { code, stdout } = await inEmptyFolder('--version');

    expect(code).toBe(0);
    expect(stdout).toBe(`${harnessVersion}\n`);
  });
});

test.each<[string, string[], string]>([
  ['an unknown command', ['rnu'], "error: unknown command 'rnu'\n(Did you mean run?)"],
  ['an unknown subcommand', ['golden', 'frob'], "error: unknown command 'frob'"],
  [
    'an unknown option',
    ['run', '--shards', '1/2'],
    "error: unknown option '--shards'\n(Did you mean --shard?)",
  ],
  ['a shard that is none', ['run', '--shard', '3/2'], 'It must be i/n with 1 <= i <= n, e.g. 2/3.'],
  ['a count that is none', ['run', '--repeat', 'often'], 'It must be a whole number of at least 1.'],
  ['a count below zero', ['run', '--retry=-1'], 'It must be a whole number of at least 0.'],
  [
    'a pattern that is none',
    ['run', '-t', '('],
    "option '-t, --name <pattern>' argument '(' is invalid. Invalid regular expression",
  ],
  ['a choice that is none', ['schema', '--of', 'x'], 'Allowed choices are spec, config.'],
  ['an option without its value', ['run', '--junit'], "error: option '--junit <file>' argument missing"],
  [
    'a missing option',
    ['virtual', 'build-model', 'a', 'b'],
    "error: required option '--output <file>' not specified",
  ],
  [
    'a missing argument',
    ['virtual', 'build-model', '--output', 'x'],
    "error: missing required argument 'network'",
  ],
  ['too many arguments', ['init', 'here'], 'error: too many arguments'],
])('%s ends with 2 and says what is wrong', async (_, args, message) => {
  const { code, stdout, stderr } = await inEmptyFolder(...args);

  expect(stderr).toContain(message);
  expect(stderr).toContain('(--help shows the options)');
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

test.each<[string, string[], string[]]>([
  [
    'no spec at all',
    ['run'],
    [
      'error: no spec file in <root> (looked for **/*.hil.{yaml,yml,json,ts})',
      '  next: Create one with `npx hil init`, or name another folder.',
      '  code: HIL_NO_SPECS',
      '',
    ],
  ],
  [
    'a path that is not there',
    ['run', 'specs/none.hil.yaml'],
    [
      'error: specs/none.hil.yaml does not exist in <root>',
      '  next: Check the path; a word without a slash or the ending of a file filters by name.',
      '  code: HIL_NO_SPECS',
      '',
    ],
  ],
  [
    'no run to judge',
    ['judge'],
    [
      'error: there is no run latest in <root>/.hil/runs',
      '  next: Start one with `npx hil run`.',
      '  code: HIL_RUN_UNKNOWN',
      '',
    ],
  ],
  [
    'no run to report',
    ['report', '2026'],
    [
      'error: there is no run 2026 in <root>/.hil/history.sqlite',
      '  next: List the runs with `npx hil runs`; `latest` names the newest.',
      '  code: HIL_RUN_UNKNOWN',
      '',
    ],
  ],
])('%s ends with 2 and a next step', async (_, args, lines) => {
  using place = temporaryProject();

  const { code, stdout, stderr } = await cli(place.root, ...args);

  expect(stderr.replaceAll(place.root, '<root>').split('\n')).toEqual(lines);
  expect(stdout).toBe('');
  expect(code).toBe(2);
});
