import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findRunFolder, listRuns } from '../../store/run-folder.ts';
import { readRecords } from '../../store/record-journal.ts';
import type { TemporaryProject } from '../../spec/temporary-project.ts';
import type { CaseRecord } from '../../store/record.ts';
import { hil, masked } from './hil-process.ts';
import { encodeNpy } from '../../tensor/npy.ts';
import { tensor } from '../../tensor/tensor.ts';
import { cli } from '../fake-io.ts';
import { configWithFaults, tinyProject, tinySpec, wrongInput } from './tiny-project.ts';

/** A test may start the program several times, on a machine that does other things too. */
const timeout = 60_000;

const latestRecords = (place: TemporaryProject): CaseRecord[] =>
  readRecords(findRunFolder(place.path('.hil'), 'latest'));

const verdicts = (records: readonly CaseRecord[]) =>
  Object.fromEntries(records.map((record) => [record.case.name, record.verdict]));

describe('hil run', { timeout }, () => {
  test('ends with 0 where everything is right, and says all that a person needs', async () => {
    using place = tinyProject({ right: tinySpec('right') });

    const { code, stdout, stderr } = await hil(place.root, 'run');

    // One case is compared while the next is on the board: which of them ends first is no promise.
    expect(
      masked(stderr, place.root)
        .map((line) => line.replace(/^\[\d/, '[n'))
        .sort(),
    ).toEqual([
      '',
      '[n/2] passed  right › down  virtual (simulated), SDK 1.7.5, <time>',
      '[n/2] passed  right › up  virtual (simulated), SDK 1.7.5, <time>',
      'hil 0.1.0: hil run, 2 cases',
    ]);
    expect(masked(stdout, place.root)).toEqual([
      '',
      'case  board  SDK  format  top-1  worst |error| / limit  cosine  verdict  total  NPU',
      'right › down  virtual (simulated)  1.7.5  fp16  1  0.0001016 / 0.01  1 %  >0.999999  passed  <time>  <time>',
      'right › up  virtual (simulated)  1.7.5  fp16  0  0.0001016 / 0.01  1 %  >0.999999  passed  <time>  <time>',
      '',
      '2 passed, 0 failed, 0 broken, 0 skipped in <time>',
      'Every result is simulated: no NPU was involved.',
      'Report  npx hil report',
      'Allure results  .hil/runs/<run>/allure-results',
      'JUnit file  .hil/runs/<run>/junit.xml',
      'Captures  .hil/runs/<run>/cases',
      '',
    ]);
    expect(code).toBe(0);
    const folder = findRunFolder(place.path('.hil'), 'latest');
    for (const name of ['allure-results', 'junit.xml', 'cases', 'records.jsonl', 'run.json'])
      expect(existsSync(`${folder}/${name}`)).toBe(true);
  });

  test('ends with 1 where an answer is wrong, whatever else is broken, and keeps the two apart', async () => {
    using place = tinyProject(
      {
        // In one file, so that one worker takes them in this order.
        all: [
          tinySpec('right', { inputs: ['up.npy'] }),
          tinySpec('wrong', { inputs: ['up.npy'], ...wrongInput }),
          tinySpec('cut off', { inputs: ['up.npy'], board: { name: 'bad' } }),
          tinySpec('asleep', { inputs: ['up.npy'], skip: 'waits for a driver' }),
        ],
      },
      { 'hil.config.yaml': configWithFaults({ refuseConnections: true }) },
    );

    const { code, stdout } = await hil(place.root, 'run', '--retry', '1');

    expect(masked(stdout, place.root)).toEqual([
      '',
      'case  board  SDK  format  top-1  worst |error| / limit  cosine  verdict  total  NPU',
      'asleep › up  good (simulated)  1.7.5  fp16  -  -  -  skipped  <time>  -',
      'cut off › up  bad (simulated)  1.7.5  fp16  -  -  -  BROKEN  <time>  -',
      'right › up  good (simulated)  1.7.5  fp16  0  0.0001016 / 0.01  1 %  >0.999999  passed  <time>  <time>',
      'wrong › up  good (simulated)  1.7.5  fp16  0 → 1  0.5982 / 0.01 5983 %  0.483478  FAILED  <time>  <time>',
      '',
      'FAILED  wrong › up  on good (simulated), SDK 1.7.5, fp16',
      '  top-1 is 1 instead of 0; p[1] is 0.8672 where the golden has 0.2689 (|error| 0.5982, limit 0.01)',
      '  why: the buffer is read as another type: boardInput.declare.dtype is float16, the buffer is float32',
      '    with this input the reference answers 0.133 / 0.867, the board 0.1329 / 0.8672: 0.000398 nats apart',
      '    with the right input it answers 0.7311 / 0.2689, 2.88 nats from the board',
      '    fp16 alone explains 0.000516 nats (0.731 / 0.269), the board shows 2.88 nats (0.1329 / 0.8672)',
      '  next: remove boardInput.declare.dtype, so that the buffer is declared float32',
      '  output  check  value  limit  used  would just pass',
      '  prob  top-1  1  0  over  -',
      '  prob  atol  0.5982  0.01  5983 %  { atol: 0.599 }',
      '  worst element of prob 1x2: [0, 1] golden 0.268941, board 0.867188',
      '  spec  specs/all.hil.json',
      '  input  specs/up.npy',
      '  capture  .hil/runs/<run>/cases/wrong_up-1.7.5-<hash>',
      '',
      'BROKEN  cut off › up  on bad (simulated), SDK 1.7.5, fp16',
      '  board bad (127.0.0.1:<port>) refuses connections: connect ECONNREFUSED 127.0.0.1:<port>',
      '  caused by: Error: connect ECONNREFUSED 127.0.0.1:<port>',
      '  next: The board is up but no SSH server listens on this port: wait until it has booted, or check the port, then try: ssh -p <port> root@127.0.0.1 true',
      '  HIL_SSH_REFUSED, for the keeper of the lab',
      '  attempt 1 on bad: board bad (127.0.0.1:<port>) refuses connections: connect ECONNREFUSED 127.0.0.1:<port> (HIL_SSH_REFUSED)',
      '  spec  specs/all.hil.json',
      '  input  specs/up.npy',
      '',
      'Skipped',
      '  asleep › up: waits for a driver',
      '',
      '1 passed, 1 failed, 1 broken, 1 skipped in <time>',
      'Every result is simulated: no NPU was involved.',
      'Report  npx hil report',
      'Allure results  .hil/runs/<run>/allure-results',
      'JUnit file  .hil/runs/<run>/junit.xml',
      'Captures  .hil/runs/<run>/cases',
      '',
    ]);
    expect(code).toBe(1);
  });

  test('fails a NaN whatever the tolerance is, and says where it is', async () => {
    // A large float whose bytes, declared as halves, are two NaNs (0x7e00).
    const large = new Float32Array(Uint32Array.of(0x7e007e00, 0).buffer);
    using place = tinyProject(
      { net: tinySpec('net', { inputs: ['large.npy'], tolerance: { atol: 1000 }, ...wrongInput }) },
      { 'specs/large.npy': encodeNpy(tensor('float32', [1, 2], large)) },
    );

    const { code, stdout } = await hil(place.root, 'run');

    expect(masked(stdout, place.root)).toEqual(
      expect.arrayContaining([
        'FAILED  net › large  on virtual (simulated), SDK 1.7.5, fp16',
        expect.stringMatching(/output prob .*NaN.*\[0, 0\]/),
      ]),
    );
    expect(code).toBe(1);
  });

  test('ends with 3 where something is broken and nothing is wrong', async () => {
    using place = tinyProject(
      { all: [tinySpec('right'), tinySpec('cut off', { board: { name: 'bad' } })] },
      { 'hil.config.yaml': configWithFaults({ speech: 'garbage' }) },
    );

    const { code, stdout } = await hil(place.root, 'run');

    expect(code).toBe(3);
    expect(stdout).toContain('2 passed, 0 failed, 2 broken, 0 skipped');
    expect(stdout).toContain('expected a frame of the device runner, found: "Welcome to Buildroot');
  });

  test('ends with 2 where a spec is wrong, tells all problems, and touches nothing', async () => {
    using place = tinyProject({
      a: tinySpec('a', { tolerance: { atol: -1 } }),
      b: tinySpec('b', { inputs: ['upp.npy'] }),
      c: tinySpec('c'),
    });

    const { code, stdout, stderr } = await hil(place.root, 'run');

    expect(stderr.split('\n')).toEqual([
      'error: specs/a.hil.json: tolerance.atol is -1, but must be at least 0',
      'specs/b.hil.json: inputs[0] names upp.npy, which does not exist',
      '  next: Correct the file; docs/spec-reference.md lists every key, and `npx hil schema` gives editors its schema.',
      '  code: HIL_PLAN',
      '',
    ]);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(existsSync(place.path('.hil'))).toBe(false);
  });

  test('keeps what a spec in TypeScript prints out of the JSON', async () => {
    using place = tinyProject(
      {},
      {
        'specs/noisy.hil.ts': `console.log('noise');\nexport default ${JSON.stringify(tinySpec('noisy'))};\n`,
      },
    );

    const { stdout, stderr } = await hil(place.root, 'run', '--dry-run', '--json');

    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(stderr).toBe('noise\n');
  });

  test('chooses by name, tag and shard, writes JSON to standard output alone, and repeats', async () => {
    using place = tinyProject({
      all: [tinySpec('day', { tags: ['day'] }), tinySpec('night', { tags: ['night'] })],
    });

    const byName = await hil(place.root, 'run', '-t', '^day.*up$', '--repeat', '3', '--json');
    const byTag = await hil(place.root, 'run', '--tag', 'night', '--shard', '2/2', '--json', 'out.json');

    const records = JSON.parse(byName.stdout) as CaseRecord[];
    expect(byName.code).toBe(0);
    expect(verdicts(records)).toEqual({ 'day › up': 'passed' });
    expect(records[0]!.timings.npuTimeUs).toHaveLength(3);
    expect(records).toEqual(latestRecordsBefore(place));
    expect(byName.stderr).toContain('1 passed, 0 failed, 0 broken, 0 skipped');
    expect(byTag.code).toBe(0);
    expect(byTag.stdout).toContain('1 passed, 0 failed, 0 broken, 0 skipped');
    expect(verdicts(JSON.parse(readFileSync(place.path('out.json'), 'utf8')) as CaseRecord[])).toEqual({
      'night › down': 'passed',
    });
  });

  test('tries again after rig trouble, as often as it is told, and lets the canary decide in the end', async () => {
    const crashesOnce = {
      'hil.config.yaml': configWithFaults({ run: { kind: 'die', signal: 'SEGV', times: 1 } }),
    };
    const spec = { all: tinySpec('net', { inputs: ['up.npy'], board: { name: 'bad' } }) };
    using patient = tinyProject(spec, crashesOnce);
    using impatient = tinyProject(spec, crashesOnce);

    const withRetry = await hil(patient.root, 'run', '--retry', '1');
    const without = await hil(impatient.root, 'run', '--retry', '0');

    expect(withRetry.code).toBe(0);
    expect(latestRecords(patient)).toMatchObject([
      { verdict: 'passed', attempts: [{ board: 'bad', error: { code: 'HIL_RUNNER_GONE' } }] },
    ]);
    expect(without.code).toBe(1);
    expect(latestRecords(impatient)).toMatchObject([{ verdict: 'failed', class: 'runtime', attempts: [] }]);
    expect(without.stdout).toMatch(
      /the device runner is gone: it was killed by SIGSEGV;.*; the canary model passed on bad \(SDK 1\.7\.5\) right after, so the board is fit/,
    );
  });

  test('stops after as many failures as --bail says, and names what it did not reach', async () => {
    using place = tinyProject({ all: [tinySpec('first', wrongInput), tinySpec('second')] });

    const { code, stdout } = await hil(place.root, 'run', '--bail', '--workers', '1');

    expect(code).toBe(1);
    expect(verdicts(latestRecords(place))).toEqual({
      'first › up': 'failed',
      // It may be on the board already when the other has been judged.
      'first › down': expect.stringMatching(/^(failed|skipped|unknown)$/),
      'second › up': 'skipped',
      'second › down': 'skipped',
    });
    expect(stdout).toContain('not reached: the run stopped after 1 that did not pass (--bail)');
  });
});

describe('a stale golden', { timeout }, () => {
  test('is refused with the field that differs and the command that helps, until it is updated', async () => {
    using place = tinyProject({ net: tinySpec('net', { inputs: ['up.npy'] }) });
    await cli(place.root, 'golden', 'update');
    writeFileSync(place.path('specs/up.npy'), readFileSync(place.path('specs/down.npy')));

    const refused = await hil(place.root, 'run');
    const renewed = await hil(place.root, 'run', '--update-golden');

    expect(refused.code).toBe(3);
    expect(refused.stdout).toMatch(
      /the golden tiny\/up is stale: .*\n {4}input: was [0-9a-f]+…, is [0-9a-f]+…/,
    );
    expect(refused.stdout).toContain(
      'next: If the change is meant: npx hil golden update specs/net.hil.json',
    );
    expect(refused.stdout).toContain('HIL_GOLDEN_STALE, for the author of the spec');
    expect(renewed.code).toBe(0);
    expect(latestRecords(place)).toMatchObject([{ verdict: 'passed', golden: { source: 'stored' } }]);
  });
});

/** The records of the run before the latest. */
function latestRecordsBefore(place: TemporaryProject): CaseRecord[] {
  const [before] = listRuns(place.path('.hil')).slice(-2);
  return readRecords(findRunFolder(place.path('.hil'), before!));
}
