import { describe, expect, test } from 'vitest';
import type { ErrorOwner, RetryAdvice } from '../hil-error.ts';
import { runCase } from './run-case.ts';
import {
  failing,
  gate,
  goldenOf,
  probabilities,
  targetNamed,
  trialCase,
  trialSoftmax,
  Trouble,
} from './trial-case.ts';

const onStage = () => undefined;
const [first, second] = [targetNamed('first'), targetNamed('second')];

describe('a reference that fails', () => {
  const disagrees = () => new Trouble('the reference disagrees with the author', 'spec');

  test('calls off the board’s branch and waits until the board is left alone', async () => {
    const boardBegan = gate<AbortSignal>();
    using trial = await trialCase({
      runner: {
        async before({ step, signal }) {
          if (step !== 'run') return;
          boardBegan.open(signal!);
          await new Promise(() => {});
        },
      },
      services: {
        async obtainGolden() {
          await boardBegan.opened;
          throw disagrees();
        },
      },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({ verdict: 'broken', class: 'precluded', error: { code: 'HIL_TROUBLE' } });
    expect((await boardBegan.opened).aborted).toBe(true);
    expect(trial.runner.openSessions).toBe(0);
  });

  test('is what the record tells of, even if the board fails first', async () => {
    const boardFailed = gate();
    using trial = await trialCase({
      runner: {
        before({ step }) {
          if (step !== 'connect') return;
          boardFailed.open();
          throw new Trouble('the board is off', 'lab', 'same-board');
        },
      },
      services: {
        async obtainGolden() {
          await boardFailed.opened;
          throw disagrees();
        },
      },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'precluded',
      reason: 'the reference disagrees with the author',
      attempts: [],
    });
  });
});

describe('rig trouble', () => {
  test('is tried again on the next board, and every attempt is on record', async () => {
    using trial = await trialCase({
      runner: { before: failing('connect', 1, () => new Trouble('no answer', 'lab', 'other-board')) },
    });

    const record = await runCase(trial.testCase, [first, second], trial.services, { onStage });

    expect(record).toMatchObject({
      verdict: 'passed',
      target: { board: 'second' },
      attempts: [{ board: 'first', error: { code: 'HIL_TROUBLE', message: 'no answer' } }],
    });
  });

  test('is tried again in a session of its own, as the board’s may be damaged', async () => {
    using trial = await trialCase({
      runner: { before: failing('run', 1, () => new Trouble('cut off', 'lab', 'same-board')) },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({ verdict: 'passed', attempts: [{ board: 'first' }] });
    expect(trial.runner.steps.filter((step) => step.startsWith('connect'))).toHaveLength(2);
  });

  test('that stays is broken, with as many attempts as there are retries', async () => {
    using trial = await trialCase({
      runner: { before: failing('connect', Infinity, () => new Trouble('no answer', 'lab', 'same-board')) },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({ verdict: 'broken', class: 'infra', reason: 'no answer' });
    expect(record.attempts).toHaveLength(2);
    expect(trial.runner.steps).toHaveLength(3);
  });

  test.each<[string, ErrorOwner, RetryAdvice]>([
    ['of which another attempt gives no more', 'lab', 'never'],
    ['that only another board could help, where there is none', 'lab', 'other-board'],
    ['that is a bug of ours', 'harness', 'never'],
  ])('%s is not tried again', async (_, owner, retry) => {
    using trial = await trialCase({
      runner: { before: failing('connect', Infinity, () => new Trouble('no answer', owner, retry)) },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({ verdict: 'broken', class: 'infra', attempts: [] });
    expect(trial.runner.steps).toEqual(['connect first 1.7.5']);
  });

  test('does not make the reference be computed twice', async () => {
    let computed = 0;
    using trial = await trialCase({
      runner: { before: failing('run', 1, () => new Trouble('cut off', 'lab', 'same-board')) },
      services: {
        obtainGolden: () => Promise.resolve((computed++, goldenOf(probabilities(...trialSoftmax)))),
      },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record.verdict).toBe('passed');
    expect(computed).toBe(1);
  });

  test('comes with what the board printed', async () => {
    using trial = await trialCase({
      runner: { before: failing('run', Infinity, () => new Trouble('cut off', 'lab')) },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record.log).toContain('librknn_runtime version 1.7.5');
  });

  test('that nobody expected is our bug, and still a record', async () => {
    using trial = await trialCase({
      runner: { before: failing('run', Infinity, () => new TypeError('x is not a function')) },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      reason: 'TypeError: x is not a function',
      error: { code: 'HIL_INTERNAL', owner: 'harness' },
      attempts: [],
    });
  });
});

describe('where nobody can tell the network from the board', () => {
  const crashes = {
    before: failing('run', Infinity, () => new Trouble('the device runner is gone', 'undecided')),
  };

  test('a board that passes the canary leaves the blame to the network', async () => {
    using trial = await trialCase({
      runner: crashes,
      services: { runCanary: () => Promise.resolve({ passed: true, message: 'the canary passed' }) },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'runtime',
      reason: 'the device runner is gone; the canary passed',
    });
  });

  test('a board that fails the canary is to blame', async () => {
    using trial = await trialCase({
      runner: crashes,
      services: { runCanary: () => Promise.resolve({ passed: false, message: 'the canary failed too' }) },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      reason: 'the device runner is gone; the canary failed too',
    });
  });

  test('the canary runs on the board that failed last, when its session is closed', async () => {
    const asked: [string, number][] = [];
    using trial = await trialCase({
      runner: {
        before: failing('run', Infinity, () => new Trouble('it is gone', 'undecided', 'same-board')),
      },
      services: {
        retries: 1,
        runCanary: ({ board }) => {
          asked.push([board.name, trial.runner.openSessions]);
          return Promise.resolve({ passed: true, message: 'the canary passed' });
        },
      },
    });

    await runCase(trial.testCase, [first, second], trial.services, { onStage });

    expect(asked).toEqual([['first', 0]]);
  });

  test('a canary that cannot run at all leaves the case with the rig', async () => {
    using trial = await trialCase({
      runner: crashes,
      services: { runCanary: () => Promise.reject(new Error('no engine')) },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({ verdict: 'broken', class: 'infra' });
    expect(record.reason).toContain('no engine');
  });
});

describe('an interrupted run', () => {
  test('leaves a case without a verdict, and the board free', async () => {
    const controller = new AbortController();
    using trial = await trialCase({
      runner: {
        async before({ step }) {
          if (step !== 'run') return;
          controller.abort(new Error('Ctrl-C'));
          await new Promise(() => {});
        },
      },
    });

    const record = await runCase(trial.testCase, [first], trial.services, {
      onStage,
      signal: controller.signal,
    });

    expect(record).toMatchObject({
      verdict: 'unknown',
      reason: 'the run was interrupted',
      attempts: [],
      target: { board: 'first' },
    });
    expect(trial.runner.openSessions).toBe(0);
  });

  test('gives no verdict by a canary that was interrupted itself', async () => {
    const controller = new AbortController();
    using trial = await trialCase({
      runner: { before: failing('run', Infinity, () => new Trouble('it is gone', 'undecided')) },
      services: {
        runCanary: () => {
          controller.abort(new Error('Ctrl-C'));
          return Promise.resolve({ passed: false, message: 'the canary could not run' });
        },
      },
    });

    const record = await runCase(trial.testCase, [first], trial.services, {
      onStage,
      signal: controller.signal,
    });

    expect(record.verdict).toBe('unknown');
  });
});

test('a board that does not answer in the spec’s time is given up, and the canary asked', async () => {
  using trial = await trialCase({
    spec: { timeout: '50ms' },
    runner: { before: ({ step }) => (step === 'run' ? new Promise(() => {}) : undefined) },
    services: {
      retries: 0,
      runCanary: () => Promise.resolve({ passed: true, message: 'the canary passed' }),
    },
  });

  const record = await runCase(trial.testCase, [first], trial.services, { onStage });

  expect(record).toMatchObject({
    verdict: 'failed',
    class: 'runtime',
    error: {
      code: 'HIL_BOARD_TIMEOUT',
      message: expect.stringContaining('first (SDK 1.7.5) did not finish within 50 ms; stages done: '),
    },
  });
  expect(trial.runner.openSessions).toBe(0);
});
