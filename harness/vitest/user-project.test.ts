import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Finished, plainEnvironment, watchProcess } from '../cli/e2e/hil-process.ts';
import { softmaxOfUp, tinyProject, tinySpec, wrongInput } from '../cli/e2e/tiny-project.ts';
import { cli } from '../cli/fake-io.ts';
import { packageFolder } from '../harness-version.ts';
import type { TemporaryProject } from '../spec/temporary-project.ts';
import { readRecords } from '../store/record-journal.ts';
import { findRunFolder } from '../store/run-folder.ts';

const timeout = 60_000;

/** What a user writes to have specs beside their own tests. */
const userFiles = {
  'package.json': '{ "type": "module" }',
  'vitest.config.ts': `
    import { defineConfig } from 'vitest/config';
    import { hil, specGlob } from 'hil-harness/vitest';

    export default defineConfig({
      plugins: [hil()],
      test: { include: [specGlob, 'test/*.test.ts'], pool: 'forks', isolate: false },
    });
  `,
};

/** Runs Vitest itself in the user's project. */
function runVitest(place: TemporaryProject, ...args: readonly string[]): Promise<Finished> {
  const child = spawn(
    process.execPath,
    [join(packageFolder, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
    {
      cwd: place.root,
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  return watchProcess(child).finished;
}

const recordsOf = (place: TemporaryProject) =>
  Object.fromEntries(
    readRecords(findRunFolder(place.path('.hil'), 'latest')).map((record) => [
      record.case.name,
      record.verdict,
    ]),
  );

describe('Vitest with the plugin, in a user’s own config', { timeout }, () => {
  test('runs specs of every kind beside hand-written tests, and tells both through its own reporters', async () => {
    using place = tinyProject(
      {
        all: [
          tinySpec('right'),
          tinySpec('wrong', wrongInput),
          tinySpec('asleep', { skip: 'waits for a driver' }),
        ],
      },
      {
        ...userFiles,
        'specs/yaml.hil.yaml': JSON.stringify(tinySpec('yaml', { inputs: ['up.npy'] })),
        'specs/typed.hil.ts': `
          import { defineSpec } from 'hil-harness';
          export default defineSpec(${JSON.stringify(tinySpec('typed', { inputs: ['up.npy'] }))});
        `,
        'test/own.test.ts': `
          import { expect, test } from 'vitest';
          test('adds', () => expect(1 + 1).toBe(2));
        `,
      },
    );

    const { code, stdout, stderr } = await runVitest(
      place,
      '--reporter=verbose',
      '--reporter=junit',
      '--outputFile.junit=junit.xml',
    );

    expect(code).toBe(1);
    const lines = stdout.split('\n').map((line) => line.trim().replace(/ \d+ms\b/, ''));
    expect(lines).toEqual(
      expect.arrayContaining([
        '✓ specs/all.hil.json > right > up',
        '✓ specs/all.hil.json > right > down',
        '× specs/all.hil.json > wrong > up',
        '↓ specs/all.hil.json > asleep > up [waits for a driver]',
        '✓ specs/yaml.hil.yaml > yaml > up',
        '✓ specs/typed.hil.ts > typed > up',
        '✓ test/own.test.ts > adds',
        'Tests  2 failed | 5 passed | 2 skipped (9)',
      ]),
    );
    expect(stderr).toContain(
      'CaseNotPassedError: failed (precision): top-1 is 1 instead of 0; p[1] is 0.8672 where the golden has 0.2689',
    );
    expect(readFileSync(place.path('junit.xml'), 'utf8')).toContain('tests="9" failures="2"');
    expect(recordsOf(place)).toEqual({
      'right › up': 'passed',
      'right › down': 'passed',
      'wrong › up': 'failed',
      'wrong › down': 'failed',
      'asleep › up': 'skipped',
      'asleep › down': 'skipped',
      'yaml › up': 'passed',
      'typed › up': 'passed',
    });
  });

  test('takes Vitest’s filters, and holds hand-written tests against goldens', async () => {
    using place = tinyProject(
      { net: tinySpec('net') },
      {
        ...userFiles,
        'test/golden.test.ts': `
          import 'hil-harness/matchers';
          import { tensor } from 'hil-harness';
          import { expect, test } from 'vitest';

          const [near, far] = [${JSON.stringify(softmaxOfUp)}, [0.5, 0.5]].map((values) =>
            tensor('float32', [1, 2], Float32Array.from(values)),
          );
          test('up: near enough', () => expect(near).toMatchGolden('tiny/up', { tolerance: { atol: 0.001 } }));
          test('up: too far', () => expect(far).toMatchGolden('tiny/up', { tolerance: { atol: 0.001 } }));
        `,
      },
    );
    await cli(place.root, 'golden', 'update');

    const { code, stdout, stderr } = await runVitest(place, '-t', 'up', '--reporter', 'verbose');

    expect(code).toBe(1);
    expect(stdout).toContain('✓ specs/net.hil.json > net > up');
    expect(stdout).toContain('✓ test/golden.test.ts > up: near enough');
    expect(stdout).toContain('Tests  1 failed | 2 passed | 1 skipped (4)');
    expect(stderr).toContain('Error: golden tiny/up: p[0] is 0.5 where the golden has 0.7311');
    expect(recordsOf(place)).toEqual({ 'net › up': 'passed' });
  });

  test('shows what is wrong with a spec, and runs the others', async () => {
    using place = tinyProject(
      { right: tinySpec('right', { inputs: ['up.npy'] }), wrong: tinySpec('wrong', { repeat: 2 }) },
      userFiles,
    );

    const { code, stdout, stderr } = await runVitest(place);

    expect(code).toBe(1);
    expect(stderr).toContain('SpecError: specs/wrong.hil.json: repeat is unknown; did you mean repeats?');
    expect(stdout).toContain('Tests  1 passed (1)');
    expect(recordsOf(place)).toEqual({ 'right › up': 'passed' });
  });
});
