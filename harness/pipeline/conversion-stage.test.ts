import { expect, test } from 'vitest';
import type { ConversionDistances } from '../explain/conversion.ts';
import { runCase } from './run-case.ts';
import { targetNamed, trialCase } from './trial-case.ts';

const measured: ConversionDistances = {
  output: 'prob',
  unit: 'nats',
  floatToConverted: 0.031,
  floatToBoard: 0.034,
  convertedToBoard: 0.003,
};
const run = (trial: Awaited<ReturnType<typeof trialCase>>, signal?: AbortSignal) =>
  runCase(trial.testCase, [targetNamed('first')], trial.services, { onStage: () => undefined, signal });

test('a case that passed carries what the conversion did, and the time that it took', async () => {
  using trial = await trialCase({ services: { conversion: () => Promise.resolve(measured) } });

  const record = await run(trial);

  expect(record).toMatchObject({ verdict: 'passed', conversion: measured });
  expect(record.timings.stagesMs.explain).toBeGreaterThanOrEqual(0);
});

test('a model file that cannot tell leaves no trace', async () => {
  using trial = await trialCase({ services: { conversion: () => Promise.resolve(undefined) } });

  const record = await run(trial);

  expect(record.verdict).toBe('passed');
  expect(record).not.toHaveProperty('conversion');
  expect(record.timings.stagesMs).not.toHaveProperty('explain');
});

test('its trouble is told and changes no verdict', async () => {
  using trial = await trialCase({
    services: { conversion: () => Promise.reject(new Error('node LRN_1: not supported')) },
  });

  const record = await run(trial);

  expect(record).toMatchObject({
    verdict: 'passed',
    conversion: { notComputed: 'node LRN_1: not supported' },
  });
});

test('a run that is called off meanwhile keeps the verdict', async () => {
  const callOff = new AbortController();
  const conversion = () => {
    callOff.abort(new Error('Ctrl-C'));
    return Promise.reject(new Error('stopped'));
  };
  using trial = await trialCase({ services: { conversion } });

  const record = await run(trial, callOff.signal);

  expect(record).toMatchObject({
    verdict: 'passed',
    conversion: { notComputed: 'the run was interrupted' },
  });
});
