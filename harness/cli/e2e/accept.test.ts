import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { listRuns } from '../../store/run-folder.ts';
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

  test.each([
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
