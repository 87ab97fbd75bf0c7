import { expect, test } from 'vitest';
import { sha256Hex } from '../tensor/content-hash.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import { tensor } from '../tensor/tensor.ts';
import { type Canary, runCanary } from './canary.ts';
import { FakeRunner, type FakeRunnerOptions } from './fake-runner.ts';
import type { TensorAttribute } from './tensor-attribute.ts';

const target = {
  board: { name: 'desk', runner: 'fake', chip: 'RK1808', tags: [], sdks: ['1.7.5'], simulated: true },
  sdk: '1.7.5',
};

const attribute: TensorAttribute = {
  index: 0,
  name: 'answer',
  shape: [2],
  dtype: 'uint8',
  layout: 'NCHW',
  quantisation: notQuantised,
  sizeBytes: 2,
};

const canary: Canary = {
  model: { path: 'canary.rknn', bytes: Buffer.from('canary'), sha256: sha256Hex('canary') },
  request: { inputs: [], repeats: 1 },
  expected: [Uint8Array.of(4, 2)],
};

const runnerThatAnswers = (bytes: number[], options: Partial<FakeRunnerOptions> = {}) =>
  new FakeRunner({
    network: {
      inputs: [],
      outputs: [attribute],
      answer: () => [tensor('uint8', [bytes.length], Uint8Array.from(bytes))],
    },
    ...options,
  });

test('a board that gives the known answer is fit', async () => {
  const runner = runnerThatAnswers([4, 2]);

  const report = await runCanary(runner, target, canary, {});

  expect(report).toEqual({
    passed: true,
    message: 'the canary model passed on desk (SDK 1.7.5) right after, so the board is fit',
  });
});

test.each([
  ['one bit off', [4, 3]],
  ['too short', [4]],
  ['too long', [4, 2, 0]],
])('a board whose answer is %s is unfit', async (_, answer) => {
  const report = await runCanary(runnerThatAnswers(answer), target, canary, {});

  expect(report).toEqual({
    passed: false,
    message: 'the canary model failed on desk (SDK 1.7.5) too (output 0 is wrong), so the board is unfit',
  });
});

test('a board that cannot even be reached is unfit', async () => {
  const runner = runnerThatAnswers([4, 2], {
    before: () => {
      throw new Error('no answer');
    },
  });

  const report = await runCanary(runner, target, canary, {});

  expect(report).toEqual({
    passed: false,
    message: 'the canary model could not run on desk (SDK 1.7.5) (no answer), so the board is unfit',
  });
});

test('the board is free afterwards, whatever the canary said', async () => {
  const fit = runnerThatAnswers([4, 2]);
  const crashing = runnerThatAnswers([4, 2], {
    before: ({ step }) => {
      if (step === 'run') throw new Error('crashed');
    },
  });

  await runCanary(fit, target, canary, {});
  await runCanary(crashing, target, canary, {});

  expect([fit.openSessions, fit.loadedModels]).toEqual([0, 0]);
  expect([crashing.openSessions, crashing.loadedModels]).toEqual([0, 0]);
});
