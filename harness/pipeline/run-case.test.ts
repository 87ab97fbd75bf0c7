import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCapture } from '../store/capture.ts';
import { tensor } from '../tensor/tensor.ts';
import { runCase } from './run-case.ts';
import {
  gate,
  goldenOf,
  identityNetwork,
  probabilities,
  targetNamed,
  trialCase,
  trialSoftmax,
} from './trial-case.ts';

const onStage = () => undefined;
const [first, second] = [targetNamed('first'), targetNamed('second')];

test('a board within tolerance passes, and the record says what ran where', async () => {
  using trial = await trialCase();

  const record = await runCase(trial.testCase, [first], trial.services, { onStage });

  expect(record).toMatchObject({
    verdict: 'passed',
    marginal: false,
    case: { name: 'net › x', specFile: 'specs/net.hil.json', inputFile: 'specs/x.npy' },
    target: { board: 'first', sdk: '1.7.5', simulated: true, identity: { bootId: 'boot of first' } },
    attempts: [],
    timings: { npuTimeUs: [1000], uploadedBytes: Buffer.from('the board’s model').length },
  });
  expect(record.reason).toBeUndefined();
});

test('the capture is on the disk when the record is returned', async () => {
  using trial = await trialCase();

  const record = await runCase(trial.testCase, [first], trial.services, { onStage });

  const capture = await readCapture(trial.place.path(record.capture!), trial.services.stateFolder);
  expect(Array.from(capture.outputs[0]!.tensor.data as Float32Array)).toEqual(trialSoftmax);
  expect(capture.golden.id).toBe(record.golden?.id);
});

test('reference and board work at the same time', async () => {
  const referenceBegan = gate();
  const boardBegan = gate();
  using trial = await trialCase({
    runner: {
      // Each branch waits for the other one to have begun: one after the other they would wait for ever.
      async before({ step }) {
        if (step !== 'run') return;
        boardBegan.open();
        await referenceBegan.opened;
      },
    },
    services: {
      async obtainGolden() {
        referenceBegan.open();
        await boardBegan.opened;
        return goldenOf(probabilities(...trialSoftmax));
      },
    },
  });

  const record = await runCase(trial.testCase, [first], trial.services, { onStage });

  expect(record.verdict).toBe('passed');
});

test('stages are told as they begin', async () => {
  const stages = new Set<string>();
  using trial = await trialCase();

  const record = await runCase(trial.testCase, [first], trial.services, {
    onStage: (stage) => stages.add(stage),
  });

  expect([...stages].sort()).toEqual([
    'compare',
    'connect',
    'lease',
    'prepare',
    'reference',
    'run',
    'store',
    'upload',
  ]);
  expect(Object.keys(record.timings.stagesMs).sort()).toEqual([...stages].sort());
});

describe('a wrong answer', () => {
  test('fails and is never tried again', async () => {
    using trial = await trialCase({
      services: { obtainGolden: () => Promise.resolve(goldenOf(probabilities(0.25, 0.75))) },
    });

    const record = await runCase(trial.testCase, [first, second], trial.services, { onStage });

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'precision',
      attempts: [],
      target: { board: 'first' },
    });
    expect(trial.runner.steps.filter((step) => step.startsWith('run'))).toHaveLength(1);
  });

  test('is captured as well', async () => {
    using trial = await trialCase({
      services: { obtainGolden: () => Promise.resolve(goldenOf(probabilities(0.25, 0.75))) },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(existsSync(join(trial.place.path(record.capture!), 'capture.json'))).toBe(true);
  });

  test('is unstable where repeated runs differ, though the first is right', async () => {
    using trial = await trialCase({
      spec: { repeats: 3 },
      runner: {
        network: {
          ...identityNetwork,
          answer: (inputs, run) =>
            run < 2
              ? identityNetwork.answer(inputs, run)
              : [tensor('float32', [1, 2], Float32Array.of(0.7500001, 0.25))],
        },
      },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'precision',
      comparison: { faults: [{ kind: 'unstable' }] },
    });
    expect(record.timings.npuTimeUs).toHaveLength(3);
  });

  test('is NaN, which no tolerance lets through', async () => {
    using trial = await trialCase({
      spec: { tolerance: { atol: 1e9 } },
      runner: {
        network: {
          ...identityNetwork,
          answer: () => [tensor('float32', [1, 2], Float32Array.of(NaN, 0.25))],
        },
      },
    });

    const record = await runCase(trial.testCase, [first], trial.services, { onStage });

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'precision',
      comparison: { faults: [{ kind: 'non-finite', output: 'prob' }] },
    });
  });
});

test('a spec that says skip touches neither board nor file', async () => {
  using trial = await trialCase({
    spec: { skip: 'waits for the new driver' },
    services: { obtainGolden: () => Promise.reject(new Error('nobody needs the golden')) },
  });

  const record = await runCase(trial.testCase, [first], trial.services, { onStage });

  expect(record).toMatchObject({ verdict: 'skipped', reason: 'waits for the new driver' });
  expect(trial.runner.steps).toEqual([]);
  expect(existsSync(trial.services.runFolder)).toBe(false);
});

test('what the same board answered before in the spec tests the tolerance, and its own is kept for the next', async () => {
  using trial = await trialCase({ spec: { tolerance: { atol: 0.9 } } });
  trial.services.previousOutputs.set(first, 'net', probabilities(0.25, 0.75));

  const record = await runCase(trial.testCase, [first], trial.services, { onStage });

  const elsewhere = await runCase(trial.testCase, [second], trial.services, { onStage });

  expect(record.unseenFaults?.map(({ fault }) => fault)).toContain('previous-output');
  expect(elsewhere.unseenFaults?.map(({ fault }) => fault)).not.toContain('previous-output');
  expect(trial.services.previousOutputs.get(first, 'net')).toEqual(probabilities(...trialSoftmax));
});
