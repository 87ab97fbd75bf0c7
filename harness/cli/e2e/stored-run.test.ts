import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import type { CaseRecord } from '../../store/record.ts';
import type { TemporaryProject } from '../../spec/temporary-project.ts';
import { cli } from '../fake-io.ts';
import { hil, masked } from './hil-process.ts';
import { configWithFaults, tinyProject, tinySpec, wrongInput } from './tiny-project.ts';

/** One run that everything here looks at: right, wrong and broken. */
let place: TemporaryProject;

beforeAll(async () => {
  const one = { inputs: ['up.npy'] };
  place = tinyProject(
    {
      all: [
        tinySpec('right', one),
        tinySpec('wrong', { ...one, ...wrongInput }),
        tinySpec('cut off', { ...one, board: { name: 'bad' } }),
      ],
    },
    { 'hil.config.yaml': configWithFaults({ closeEarly: true }) },
  );
  const { code, stderr } = await hil(place.root, 'run', '--retry', '0');
  if (code !== 1) throw new Error(`the run ended with ${code}: ${stderr}`);
}, 60_000);

afterAll(() => place[Symbol.dispose]());

const verdicts = (records: readonly CaseRecord[]) =>
  Object.fromEntries(records.map((record) => [record.case.spec, record.verdict]));

test('a record holds all that explains it later', () => {
  const folder = findRunFolder(place.path('.hil'), 'latest');
  const record = readRecords(folder).find(({ verdict }) => verdict === 'passed')!;
  const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
  const text = expect.stringMatching(/./) as string;

  expect(record).toMatchObject({
    case: { name: 'right › up', spec: 'right', input: 'up' },
    hashes: { spec: hash, referenceModel: hash, boardModel: hash, input: hash, preprocess: hash },
    golden: { id: hash },
    target: {
      format: 'fp16',
      simulated: true,
      identity: { name: 'good', chip: 'RK1808', kernel: text, bootId: text },
      stack: {
        toolkit: { version: '1.7.5' },
        // One version number has had several builds.
        api: { version: '1.7.5', commit: 'ccb93f1', built: '2023-07-18 10:48:49' },
        driver: { version: '6.4.6.5.351518' },
      },
    },
    comparison: { outputs: [{ name: 'prob', checks: expect.any(Array) as unknown[] }] },
    timings: { startedAt: text, totalMs: expect.any(Number) as number },
    capture: text,
    captureSha256: hash,
  });
  expect(JSON.parse(readFileSync(`${folder}/run.json`, 'utf8'))).toMatchObject({
    harnessVersion: text,
    command: 'hil run',
    startedAt: text,
  });
});

describe('hil judge', () => {
  test('gives the same verdicts again, without any board', async () => {
    const before = readRecords(findRunFolder(place.path('.hil'), 'latest'));

    const { code, stdout } = await cli(place.root, 'judge');

    const lines = masked(stdout, place.root);
    expect(code).toBe(1);
    expect(lines[0]).toBe('Judged again from the captures of <run>; no board was used.');
    expect(lines).toContain(
      'wrong › up  good (simulated)  1.7.5  fp16  0 → 1  0.5982 / 0.01 5983 %  0.483478  FAILED  <time>  <time>',
    );
    // Nothing was run, so there is no time to tell.
    expect(lines.at(-2)).toBe('1 passed, 1 failed, 1 broken, 0 skipped');
    expect(readRecords(findRunFolder(place.path('.hil'), 'latest'))).toEqual(before);
  });

  test('holds the same answers against another tolerance', async () => {
    const strict = await cli(place.root, 'judge', '--tolerance', '{atol: 0.00005}', '--json');
    const loose = await cli(place.root, 'judge', 'latest', '--tolerance', '{atol: 0.9}', '--json');

    expect(strict.code).toBe(1);
    expect(verdicts(JSON.parse(strict.stdout) as CaseRecord[])).toEqual({
      right: 'failed',
      wrong: 'failed',
      'cut off': 'broken',
    });
    expect(loose.code).toBe(3);
    expect(verdicts(JSON.parse(loose.stdout) as CaseRecord[])).toEqual({
      right: 'passed',
      wrong: 'passed',
      'cut off': 'broken',
    });
  });

  test('takes the tolerance that stands in the spec now', async () => {
    const file = place.path('specs/all.hil.json');
    const written = readFileSync(file, 'utf8');
    writeFileSync(file, written.replaceAll('"atol":0.01', '"atol":0.00005'));

    const { stdout } = await cli(place.root, 'judge', '--json');
    writeFileSync(file, written.replaceAll('"name":"wrong"', '"name":"renamed"'));
    const gone = await cli(place.root, 'judge');
    writeFileSync(file, written);

    expect(verdicts(JSON.parse(stdout) as CaseRecord[])).toMatchObject({ right: 'failed' });
    expect(gone.code).toBe(2);
    expect(gone.stderr).toBe(
      [
        'error: specs/all.hil.json no longer has the spec "wrong"',
        '  next: Say which tolerance to use: --tolerance fp16',
        '  code: HIL_TOLERANCE_OPTION',
        '',
      ].join('\n'),
    );
  });

  test('keeps what the spec says its outputs are when another tolerance is given, and what the run took them for', async () => {
    const file = place.path('specs/all.hil.json');
    const written = readFileSync(file, 'utf8');
    const kindOfRight = async () => {
      const { stdout } = await cli(place.root, 'judge', '--tolerance', 'fp16', '--json');
      const records = JSON.parse(stdout) as CaseRecord[];
      return records.find((record) => record.case.spec === 'right')?.comparison?.outputs[0]?.kind;
    };

    writeFileSync(
      file,
      written.replace('"name":"right"', '"name":"right","outputs":{"prob":{"kind":"values"}}'),
    );
    const declared = await kindOfRight();
    writeFileSync(file, written.replace('"name":"right"', '"name":"renamed"'));
    const renamed = await kindOfRight();
    rmSync(file);
    const gone = await kindOfRight();
    writeFileSync(file, written);

    expect({ declared, renamed, gone }).toEqual({
      declared: 'values',
      renamed: 'probabilities',
      gone: 'probabilities',
    });
  });

  test.each([
    ['{atol: -1}', '--tolerance atol is -1, but must be at least 0'],
    ['{atl: 1}', '--tolerance atl is unknown; did you mean atol?'],
    ['fp61', '--tolerance is "fp61", but must be one of fp16, i16, u8, i8, or a map; did you mean fp16?'],
    ['{atol:', '--tolerance "{atol:" is no YAML'],
  ])('refuses the tolerance %s', async (tolerance, problem) => {
    const { code, stderr } = await cli(place.root, 'judge', '--tolerance', tolerance);

    expect(stderr).toContain(`error: ${problem}\n`);
    expect(stderr).toContain('  code: HIL_TOLERANCE_OPTION\n');
    expect(code).toBe(2);
  });
});

describe('hil lint', () => {
  test('tests tolerances on what boards answered, and says what they would let through', async () => {
    const { code, stdout } = await cli(place.root, 'lint');

    expect(code).toBe(0);
    // The wrong answer and the missing one are no ground to test a tolerance on: their goldens are.
    expect(masked(stdout, place.root)).toEqual([
      '3 cases are sound; tolerances tested on 1 answers of boards and 2 goldens.',
      '',
      'Every injected fault would be seen.',
      '',
      'How far the largest value can fall before the tolerance notices:',
      expect.stringMatching(/^ {2}right: prob 0\.731 -> 0\.72\d+ \(\d+ fp16 steps\) in right › up$/),
      expect.stringMatching(/^ {2}wrong: prob 0\.7311 -> 0\.72\d+ \(\d+ fp16 steps\) in wrong › up$/),
      expect.stringMatching(/^ {2}cut off: prob 0\.7311 -> 0\.72\d+ \(\d+ fp16 steps\) in cut off › up$/),
      '',
    ]);
  });

  test('names a fault that a loose tolerance does not see', async () => {
    const file = place.path('specs/all.hil.json');
    const written = readFileSync(file, 'utf8');
    writeFileSync(file, written.replaceAll('{"atol":0.01,"topK":1}', '{"atol":0.9}'));

    const { code, stdout } = await cli(place.root, 'lint', 'right');
    const asJson = await cli(place.root, 'lint', 'right', '--json');
    writeFileSync(file, written);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^right: atol 0\.9 .*top.*$/m);
    expect(JSON.parse(asJson.stdout)).toMatchObject([
      {
        case: 'right › up',
        testedOn: 'board',
        unseenFaults: expect.arrayContaining([expect.objectContaining({ fault: 'top-two-swapped' })]),
      },
    ]);
  });
});

describe('hil report', () => {
  test('makes the page of a stored run and opens nothing if told so', { timeout: 60_000 }, async () => {
    const { code, stdout } = await hil(place.root, 'report', 'latest', '--no-open', '--output', 'public');

    expect(code).toBe(0);
    expect(stdout).toBe('Report: public/index.html\n');
    expect(readFileSync(place.path('public/index.html'), 'utf8')).toContain('<html');
    expect(existsSync(place.path('allure-report'))).toBe(false);
  });
});

describe('a stored run that is damaged', () => {
  test('is not judged, and says which capture is not whole', async () => {
    const folder = findRunFolder(place.path('.hil'), 'latest');
    const [record] = readRecords(folder).filter(({ capture }) => capture !== undefined);
    const outputs = place.path(`${record!.capture}/outputs.npz`);
    const bytes = readFileSync(outputs);
    rmSync(outputs);

    const { code, stderr } = await cli(place.root, 'judge');
    writeFileSync(outputs, bytes);

    expect(code).toBe(3);
    expect(stderr).toContain(`error: ${place.path(record!.capture!)} holds no whole capture: ENOENT`);
    expect(stderr).toContain(
      '  next: Run the case again; a capture that a crash cut short cannot be judged.',
    );
  });
});
