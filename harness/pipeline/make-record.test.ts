import { expect, test } from 'vitest';
import { trialCase, goldenOf, probabilities, targetNamed } from './trial-case.ts';
import { runCase } from './run-case.ts';
import { skippedRecord, unknownRecord } from './make-record.ts';
import { StageClock } from './stage-clock.ts';

const onStage = () => undefined;
const target = targetNamed('desk');

const reportFacts = {
  description: 'what the spec is for',
  labels: { feature: 'softmax', story: ['one', 'two'] },
  tags: ['night'],
  owner: 'anna',
  severity: 'critical',
  links: [{ url: 'https://example.org/7', name: 'seven' }],
  knownIssue: { id: 'NPU-7', reason: 'the driver rounds' },
};

test('says what reports need of the spec, labels always as lists', async () => {
  using trial = await trialCase({ spec: reportFacts });

  const record = await runCase(trial.testCase, [target], trial.services, { onStage });

  expect(record).toMatchObject({
    case: { description: 'what the spec is for', spec: 'net', input: 'x' },
    labels: { feature: ['softmax'], story: ['one', 'two'] },
    tags: ['night'],
    owner: 'anna',
    severity: 'critical',
    links: [{ url: 'https://example.org/7', name: 'seven' }],
    knownIssue: { id: 'NPU-7', reason: 'the driver rounds' },
  });
});

test('names everything that went in by its hash, and the golden with its seal', async () => {
  const golden = goldenOf(probabilities(0.75, 0.25));
  using trial = await trialCase({ services: { obtainGolden: () => Promise.resolve(golden) } });

  const { hashes, golden: reference } = await runCase(trial.testCase, [target], trial.services, { onStage });

  expect(Object.values(hashes)).toEqual(
    Array.from({ length: 5 }, () => expect.stringMatching(/^[0-9a-f]{64}$/)),
  );
  expect(new Set(Object.values(hashes)).size).toBe(5);
  expect(reference).toEqual({ id: golden.id, source: 'computed', engine: 'fake 1.0.0', sealedWithin: 0 });
});

test('names the best classes of both sides', async () => {
  using trial = await trialCase({
    spec: { classes: ['cat', 'dog'] },
    services: { obtainGolden: () => Promise.resolve(goldenOf(probabilities(0.1, 0.9))) },
  });

  const record = await runCase(trial.testCase, [target], trial.services, { onStage });

  expect(record.classNames).toEqual({ 0: 'cat', 1: 'dog' });
  expect(record.top1).toMatchObject({ golden: { index: 1 }, board: { index: 0, value: 0.75 } });
});

test('holds only paths relative to the project, and only plain data', async () => {
  using trial = await trialCase();

  const record = await runCase(trial.testCase, [target], trial.services, { onStage });

  expect(JSON.stringify(record)).not.toContain(trial.place.root);
  expect(structuredClone(record)).toEqual(record);
});

test('a case that was not run says so, and nothing of a board’s answer', async () => {
  using trial = await trialCase({ spec: reportFacts });
  const basis = {
    testCase: trial.testCase,
    run: 'r1',
    target,
    startedAt: new Date('2026-01-05T21:04:00Z'),
    clock: new StageClock(onStage),
    attempts: [],
  };

  const skipped = skippedRecord(basis, 'waits for the driver');
  const unknown = unknownRecord(basis, 'the worker died');

  expect(skipped).toMatchObject({ verdict: 'skipped', reason: 'waits for the driver', marginal: false });
  expect(unknown).toMatchObject({ verdict: 'unknown', reason: 'the worker died', owner: 'anna' });
  expect(unknown.timings).toMatchObject({
    startedAt: '2026-01-05T21:04:00.000Z',
    npuTimeUs: [],
    uploadedBytes: 0,
  });
  for (const record of [skipped, unknown]) {
    expect(record.comparison).toBeUndefined();
    expect(record.capture).toBeUndefined();
    expect(record.class).toBeUndefined();
  }
});
