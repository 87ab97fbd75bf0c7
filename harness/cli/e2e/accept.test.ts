import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Assessment } from '../../accept/assessment.ts';
import { packageFolder } from '../../harness-version.ts';
import { listRuns } from '../../store/run-folder.ts';
import { builtInSuite } from './built-in-suite.ts';
import { hil } from './hil-process.ts';
import { tinyProject, tinySpec, wrongInput } from './tiny-project.ts';

const timeout = 120_000;

const project = (config: object) =>
  tinyProject({ tiny: tinySpec('tiny') }, { 'hil.config.yaml': JSON.stringify(config) });

describe('hil accept', { timeout }, () => {
  test('runs both SDKs with canaries and repeats, and accepts where no bit differs', async () => {
    using place = project({ acceptance: { minInputs: 2 } });

    const { code, stdout } = await hil(
      place.root,
      'accept',
      '--baseline',
      '1.6.1',
      '--candidate',
      '1.7.5',
      '--output',
      'out',
    );

    expect(stdout).toContain('ACCEPTED  SDK 1.6.1 → SDK 1.7.5');
    expect(stdout).toContain('2 cases of 1 network on SDK 1.7.5: every answer has the same bits.');
    expect(stdout).toContain('All 4 canary runs before and after passed');
    expect(stdout).toContain('the repeats of all 4 case runs agreed bit for bit');
    expect(stdout).toContain('this says nothing about a real NPU');
    expect(code).toBe(0);
    expect(readFileSync(place.path('out/acceptance.html'), 'utf8')).toContain('<svg');
    expect(existsSync(place.path('out/acceptance.md'))).toBe(true);
  });

  test('says that two inputs are no evidence, which is no verdict on the SDK', async () => {
    using place = project({});

    const { code, stdout } = await hil(place.root, 'accept', '--baseline', '1.6.1', '--candidate', '1.7.5');

    expect(stdout).toContain('NOT ENOUGH DATA');
    expect(code).toBe(3);
  });

  test('takes stored runs, and rejects the one whose answers are wrong', async () => {
    using place = project({ acceptance: { minInputs: 2 } });
    await hil(place.root, 'run');
    writeFileSync(place.path('specs/tiny.hil.json'), JSON.stringify(tinySpec('tiny', wrongInput)));
    await hil(place.root, 'run');
    const [right, wrong] = listRuns(place.path('.hil'));

    const { code, stdout } = await hil(
      place.root,
      'accept',
      '--baseline-run',
      right!,
      '--candidate-run',
      wrong!,
      '--allure',
      'allure-results',
      '--json',
    );

    const assessment = JSON.parse(stdout);
    expect(assessment).toMatchObject({ verdict: 'rejected', canaries: [] });
    expect(assessment.reasons.join('\n')).toContain(
      'tiny › up passed and fails now: top-1 is 1 instead of 0',
    );
    expect(code).toBe(1);
    expect(existsSync(place.path('allure-results'))).toBe(true);
  });

  test('takes from the history what still holds, and runs only what is missing', async () => {
    using place = project({ acceptance: { minInputs: 2 } });
    await hil(place.root, 'run', '--sdk', '1.6.1,1.7.5');
    const check = () =>
      hil(place.root, 'accept', '--baseline', '1.6.1', '--candidate', '1.7.5', '--history', '--since', '1d');

    const allKnown = await check();
    copyFileSync(place.path('specs/up.npy'), place.path('specs/down.npy'));
    const oneChanged = await check();

    expect(allKnown.stderr).toBe(
      'SDK 1.6.1: 2 of 2 cases from the history\nSDK 1.7.5: 2 of 2 cases from the history\n',
    );
    expect(allKnown.stdout).toContain('ACCEPTED  SDK 1.6.1 → SDK 1.7.5');
    expect(oneChanged.stderr).toContain(
      'SDK 1.7.5: 1 of 2 cases from the history, 1 to run (tiny › down: its input has changed since)',
    );
    expect(oneChanged.stderr).toMatch(/^SDK 1\.7\.5: 1 cases, run /m);
    expect(oneChanged.code).toBe(0);
  });

  test('tells converter from runtime by running each model on each SDK', async () => {
    using place = builtInSuite();
    const command = (toolkit: string) => ({
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
    writeFileSync(
      place.path('hil.config.yaml'),
      JSON.stringify({ convert: { '1.6.1': command('1.6.1'), '1.7.5': command('1.7.5') } }),
    );
    const spec = place.path('specs/two-class/fp16.hil.yaml');
    writeFileSync(
      spec,
      readFileSync(spec, 'utf8').replace(
        'board: ../models/two-class.fp16.rknn',
        'board: { convert: ../models/two-class.fp16.yaml }',
      ),
    );

    const { stdout, code } = await hil(
      place.root,
      'accept',
      spec,
      '--baseline',
      '1.6.1',
      '--candidate',
      '1.7.5',
      '--attribution',
      '--json',
    );

    const { attribution } = JSON.parse(stdout) as Assessment;
    expect(code).toBeLessThan(2);
    expect(attribution).toMatchObject([{ network: 'two-class fp16', notes: [] }]);
    // The simulated toolkit 1.6.1 truncates weights, 1.7.5 rounds them: all logits grow, on either runtime.
    const [scale] = attribution![0]!.responses;
    expect(scale!.cases).toBe(10);
    expect(scale!.effects.filter((effect) => effect.significant).map(({ factor }) => factor)).toEqual([
      'converter',
    ]);
    expect(scale!.effects[0]!.estimate.value).toBeGreaterThan(0);
    // What ran on a foreign runtime is no part of a stack's history.
    expect(listRuns(place.path('.hil'))).toHaveLength(2);
    expect(listRuns(place.path('.hil/attribution'))).toHaveLength(2);
  });

  test.each([
    [
      ['--baseline', '1.6.1', '--candidate-run', 'latest', '--attribution'],
      '--attribution runs the models of both SDKs, but the candidate is given as a stored run',
    ],
    [['--baseline', '1.6.1'], 'it is not said which SDK is the candidate'],
    [['--baseline', '1.6.1', '--candidate', '9.9.9'], 'SDK 9.9.9'],
  ])('%j is a mistake that touches nothing', async (words, message) => {
    using place = project({});

    const { code, stderr } = await hil(place.root, 'accept', ...words);

    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(existsSync(place.path('.hil'))).toBe(false);
  });
});
