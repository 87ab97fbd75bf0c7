import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { builtInSuite } from './built-in-suite.ts';
import { hil } from './hil-process.ts';

const timeout = 120_000;

test(
  'runs every case on each SDK, as Vitest projects, with results and captures of their own',
  { timeout },
  async () => {
    using place = builtInSuite();

    const { code, stdout } = await hil(
      place.root,
      'run',
      'specs/two-class/fp16.hil.yaml',
      '--sdk',
      '1.6.1,1.7.5',
      '--reporter',
      'verbose',
    );

    const records = readRecords(findRunFolder(place.path('.hil'), 'latest'));
    const pairs = records.map(({ case: { name }, target }) => `${name} ${target.sdk}`);
    expect(code).toBe(0);
    expect(stdout).toContain('20 passed, 0 failed');
    expect(stdout).toMatch(/SDK 1\.6\.1.*two-class fp16 > apple-1/);
    expect(stdout).toMatch(/SDK 1\.7\.5.*two-class fp16 > apple-1/);
    expect(new Set(pairs).size).toBe(20);
    expect(records.map(({ target }) => target.stack?.api.version)).toEqual(
      records.map(({ target }) => target.sdk),
    );
    expect(new Set(records.map(({ capture }) => capture)).size).toBe(20);
  },
);

test('takes the matrix from the config, and one SDK from the command line instead', { timeout }, async () => {
  using place = builtInSuite();
  writeFileSync(
    place.path('hil.config.yaml'),
    'boards: [{ name: virtual, kind: virtual }]\nmatrix: [1.5.0, 1.7.5]\n',
  );
  const planned = async (...options: string[]) => {
    const { stdout } = await hil(
      place.root,
      'run',
      'specs/two-class',
      '-t',
      'fp16 › apple-1',
      '--dry-run',
      '--json',
      ...options,
    );
    return (JSON.parse(stdout) as { targets: { sdk: string }[] }[]).map(({ targets }) => targets[0]?.sdk);
  };

  expect(await planned()).toEqual(['1.5.0', '1.7.5']);
  expect(await planned('--sdk', '1.6.1')).toEqual(['1.6.1']);
});
