import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryProject } from '../../spec/temporary-project.ts';
import { masked } from '../e2e/hil-process.ts';
import { tinyProject, tinySpec } from '../e2e/tiny-project.ts';
import { cli } from '../fake-io.ts';

const specs = {
  day: tinySpec('day', { tags: ['day'] }),
  night: tinySpec('night', { tags: ['night', 'long'] }),
};

test('--dry-run lists cases and boards, and touches nothing', async () => {
  using place = tinyProject(specs);

  const { code, stdout, stderr } = await cli(place.root, 'run', '--dry-run', '--sdk', '1.6.1');

  expect(masked(stdout, place.root)).toEqual([
    'case  board  SDK  format  spec file',
    'day › up  virtual (simulated)  1.6.1  fp16  specs/day.hil.json',
    'day › down  virtual (simulated)  1.6.1  fp16  specs/day.hil.json',
    'night › up  virtual (simulated)  1.6.1  fp16  specs/night.hil.json',
    'night › down  virtual (simulated)  1.6.1  fp16  specs/night.hil.json',
    '4 cases; nothing was run.',
    '',
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(existsSync(place.path('.hil'))).toBe(false);
});

test('--dry-run --json says of every case where it would run and what it would be held against', async () => {
  using place = tinyProject(
    {
      day: tinySpec('day', {
        tags: ['day'],
        inputs: ['up.npy'],
        tolerance: 'fp16',
        outputs: { prob: { kind: 'values', tolerance: { atol: 0.5 } } },
        timeout: '9s',
      }),
      night: tinySpec('night', { inputs: ['up.npy'], skip: 'waits for a driver', board: { sdk: '<1.7' } }),
    },
    {
      'hil.config.yaml': JSON.stringify({
        boards: [
          { name: 'one', kind: 'virtual' },
          { name: 'two', kind: 'virtual', sdks: ['1.7.5'] },
        ],
      }),
    },
  );

  const { code, stdout } = await cli(place.root, 'run', '--dry-run', '--json', '--repeat', '3');

  const target = (board: string, sdk: string) => ({ board, sdk, simulated: true });
  const both = {
    input: 'up',
    inputFile: 'specs/up.npy',
    format: 'fp16',
    repeats: 3,
  };
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    {
      ...both,
      case: 'day › up',
      spec: 'day',
      specFile: 'specs/day.hil.json',
      tags: ['day'],
      targets: [target('one', '1.7.5'), target('two', '1.7.5')],
      tolerance: { preset: 'fp16' },
      outputs: { prob: { kind: 'values', tolerance: { atol: 0.5 } } },
      timeoutMs: 9000,
    },
    {
      ...both,
      case: 'night › up',
      spec: 'night',
      specFile: 'specs/night.hil.json',
      tags: [],
      skip: 'waits for a driver',
      targets: [target('one', '1.6.1')],
      tolerance: { atol: 0.01, topK: 1 },
      outputs: {},
      timeoutMs: 60_000,
    },
  ]);
  expect(existsSync(place.path('.hil'))).toBe(false);
});

test('--dry-run --json with a file writes it there, and still prints the list', async () => {
  using place = tinyProject(specs);

  const { stdout } = await cli(place.root, 'run', '--dry-run', '--json', 'plan.json');

  expect(stdout).toContain('4 cases; nothing was run.\n');
  expect(JSON.parse(readFileSync(place.path('plan.json'), 'utf8'))).toHaveLength(4);
});

const casesOf = async (root: string, ...args: readonly string[]) => {
  const { stdout } = await cli(root, 'run', '--dry-run', ...args);
  return stdout
    .split('\n')
    .slice(1, -2)
    .map((line) => line.split(/ {2,}/)[0]);
};

test('the shards of a run are all its cases, each once', async () => {
  using place = tinyProject(specs);

  const all = await casesOf(place.root);
  const shards = [
    await casesOf(place.root, '--shard', '1/3'),
    await casesOf(place.root, '--shard', '2/3'),
    await casesOf(place.root, '--shard', '3/3'),
  ];

  expect(shards.map((shard) => shard.length)).toEqual([2, 1, 1]);
  expect(new Set(shards.flat())).toEqual(new Set(all));
});

test.each([
  ['-t', ['-t', '^night.*down$'], ['night › down']],
  ['--tag', ['--tag', 'long'], ['night › up', 'night › down']],
  ['several tags', ['--tag', 'long', 'day', '-t', 'up'], ['day › up', 'night › up']],
  ['a word', ['DAY'], ['day › up', 'day › down']],
  ['a path and a word', ['specs/night.hil.json', '› up'], ['night › up']],
])('%s chooses among the cases', async (_, args, expected) => {
  using place = tinyProject(specs);

  expect(await casesOf(place.root, ...args)).toEqual(expected);
});

test('a folder further in sees the same project, with paths relative to itself', async () => {
  using place = tinyProject(specs);

  expect(await casesOf(place.path('specs'), 'day.hil.json')).toEqual(['day › up', 'day › down']);
});

test.each([
  ['a board that is not there', ['--board', 'moon'], 'no board fits the name moon: virtual has another name'],
  [
    'an SDK that is not there',
    ['--sdk', '9.9.9'],
    'no board fits SDK 9.9.9: virtual offers SDK 1.5.0, 1.6.1, 1.7.5',
  ],
])('%s is refused before anything is touched', async (_, args, problem) => {
  using place = tinyProject(specs);

  const { code, stderr } = await cli(place.root, 'run', ...args);

  expect(stderr).toContain(`error: ${problem}\n`);
  expect(stderr).toContain(
    '  next: Change `board` in the spec, the options --board and --sdk, or the boards',
  );
  expect(code).toBe(2);
  expect(existsSync(place.path('.hil'))).toBe(false);
});

test.each([
  [
    'an unknown fault',
    'boards: [{ name: a, kind: virtual, faults: { dropAfterByte: 1 } }]',
    'hil.config.yaml: boards[0].faults.dropAfterByte is unknown; did you mean dropAfterBytes?',
  ],
  [
    'a fault of an SDK that does not exist',
    'boards: [{ name: a, kind: virtual, faults: { layer: { kind: scale, name: fc, amount: 0.1, sdk: 1.7.9 } } }]',
    'hil.config.yaml: boards[0].faults.layer.sdk is "1.7.9", but must be an SDK version that the virtual board knows',
  ],
  [
    'an SDK that no virtual board has',
    'boards: [{ name: a, kind: virtual, sdks: [1.2.3] }]',
    'hil.config.yaml: boards[0].sdks offers SDK 1.2.3, but the virtual board knows 1.5.0, 1.6.1, 1.7.5',
  ],
  ['a wrong value', 'retries: 99', 'hil.config.yaml:1: retries is 99, but must be at most 10'],
])('a config with %s is refused before anything is touched', async (_, config, problem) => {
  using place = tinyProject(specs, { 'hil.config.yaml': config });

  const { code, stderr } = await cli(place.root, 'run');

  expect(stderr).toContain(`error: ${problem}\n`);
  expect(stderr).toMatch(/^ {2}next: .+$/m);
  expect(code).toBe(2);
  expect(existsSync(place.path('.hil'))).toBe(false);
});

test.each([
  ['throws while it is loaded', 'throw new Error("no such thing");', 'cannot be loaded: no such thing'],
  ['is no TypeScript', 'export default {', 'broken.hil.ts:1:17 ]'],
  ['imports what is not there', "import './none.ts';", 'none.ts'],
  ['exports nothing', 'export const spec = 1;', 'specs/broken.hil.ts: has no default export'],
])('a spec in TypeScript that %s is an error of the spec', async (_, source, problem) => {
  using place = temporaryProject({ 'specs/broken.hil.ts': source });

  const { code, stderr } = await cli(place.root, 'run');

  expect(stderr).toMatch(/^error: specs\/broken\.hil\.ts: /);
  expect(stderr).toContain(problem);
  expect(stderr).toMatch(/^ {2}next: .+$/m);
  expect(code).toBe(2);
});
