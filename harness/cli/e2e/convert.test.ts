import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFolder } from '../../harness-version.ts';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { hil, startHil } from './hil-process.ts';
import { converterConfig, tinyProject, tinySpec } from './tiny-project.ts';

const timeout = 120_000;

/** The virtual board's own converter, as a command of the config: one that follows each toolkit's habits. */
const virtualConverter = (toolkit: string) => ({
  command: [
    process.execPath,
    join(packageFolder, 'bin/hil.js'),
    'virtual',
    'build-model',
    '{model}',
    '{settings}',
    '--toolkit',
    toolkit,
    '--output',
    '{output}',
  ],
});

const projectWith = (convert: object) =>
  tinyProject(
    {
      tiny: tinySpec('tiny', {
        model: { reference: 'tiny.onnx', board: { convert: 'tiny.yaml' }, format: 'fp16' },
      }),
    },
    {
      'specs/tiny.yaml': JSON.stringify(converterConfig),
      'hil.config.yaml': JSON.stringify({ matrix: ['1.6.1', '1.7.5'], convert }),
    },
  );

test('a matrix converts the network for each SDK once, and records the toolkit', { timeout }, async () => {
  using place = projectWith({ '1.6.1': virtualConverter('1.6.1'), '1.7.5': virtualConverter('1.7.5') });

  const first = await hil(place.root, 'run', 'specs');
  const second = await hil(place.root, 'convert', 'specs', '--json');

  expect(first.stderr).toMatch(
    /^converted {2}tiny\.onnx \(tiny\.yaml\) for SDK 1\.6\.1: \d+ bytes by toolkit 1\.6\.1/m,
  );
  expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('4 passed') as string });
  const records = readRecords(findRunFolder(place.path('.hil'), 'latest'));
  const versions = records.map(({ target }) => `${target.sdk} by ${target.stack?.toolkit?.version}`);
  expect(versions.sort((a, b) => a.localeCompare(b))).toEqual([
    '1.6.1 by 1.6.1',
    '1.6.1 by 1.6.1',
    '1.7.5 by 1.7.5',
    '1.7.5 by 1.7.5',
  ]);
  const cached = JSON.parse(second.stdout) as { sdk: string; cached: boolean; sha256: string }[];
  expect(cached.map(({ sdk, cached: known }) => [sdk, known])).toEqual([
    ['1.6.1', true],
    ['1.7.5', true],
  ]);
  expect(new Set(records.map(({ hashes }) => hashes.boardModel))).toEqual(
    new Set(cached.map(({ sha256 }) => sha256)),
  );
});

test(
  'a converter of another toolkit than the SDK claims ends the run before a board is touched',
  { timeout },
  async () => {
    using place = projectWith({ '1.6.1': virtualConverter('1.7.5'), '1.7.5': virtualConverter('1.7.5') });

    const { code, stderr } = await hil(place.root, 'run', 'specs');

    expect(code).toBe(2);
    expect(stderr).toContain('version is "1.7.5", but must be 1.6.1');
    expect(stderr).toContain('code: HIL_TOOLKIT_CLAIM');
    expect(() => findRunFolder(place.path('.hil'), 'latest')).toThrow('there is no run');
  },
);

test('Ctrl-C while a network is converted ends converter and program', { timeout }, async () => {
  using place = projectWith({
    '1.6.1': { command: [process.execPath, '-e', 'setInterval(() => 0, 1000)', '{model}', '{output}'] },
    '1.7.5': virtualConverter('1.7.5'),
  });
  const running = startHil(place.root, ['run', 'specs']);
  await untilSays(running.output, 'converting');

  process.kill(-running.pid, 'SIGINT');

  expect((await running.finished).code).toBe(130);
});

async function untilSays(output: () => string, text: string): Promise<void> {
  while (!output().includes(text)) await new Promise((resolve) => setTimeout(resolve, 50));
}
