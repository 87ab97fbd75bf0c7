import { expect, test } from 'vitest';
import { brokenNetwork, brokenPrecluded, failedByFlip, failedByNaN, passed } from '../fixture-run.ts';
import { stepsOf } from './steps.ts';

const outline = (record: typeof passed) => stepsOf(record).map(({ name, status }) => `${name}: ${status}`);

test('the stages of a pass in their order, with what they did', () => {
  expect(outline(passed)).toEqual([
    'prepare: passed',
    'connect: passed',
    'upload 1.2 MB: passed',
    'run 3 times, 2.3 ms on the NPU: passed',
    'reference: passed',
    'compare: passed',
    'store: passed',
  ]);
});

test('a precision failure is the comparison’s, and each check is a step of it', () => {
  const compare = stepsOf(failedByFlip).find(({ name }) => name === 'compare');

  expect(compare?.status).toBe('failed');
  expect(compare?.steps.map(({ name, status }) => `${name}: ${status}`)).toEqual([
    'prob: atol is 0.9576, limit 0.03: failed',
    'prob: top-1 is 1, limit 0: failed',
    'prob: margin is 10.35, limit 0.6261: failed',
  ]);
  expect(compare?.steps[0]?.parameters).toEqual([
    { name: 'used', value: '3193 %' },
    { name: 'would just pass', value: '{ atol: 0.9577 }' },
  ]);
});

test('structural faults are steps too', () => {
  const compare = stepsOf(failedByNaN).find(({ name }) => name === 'compare');

  expect(compare?.steps[0]?.name).toBe('non-finite: depth holds 1 NaN and 1 infinity');
});

test('trouble with the board is marked where the board was used last', () => {
  expect(outline(brokenNetwork)).toEqual(['prepare: passed', 'connect: broken', 'reference: passed']);
});

test('other trouble is marked at the last stage that was reached', () => {
  expect(outline(brokenPrecluded)).toEqual(['prepare: broken']);
});

test('a model that the board held already was not uploaded', () => {
  const record = { ...passed, timings: { ...passed.timings, uploadedBytes: 0 } };

  expect(outline(record)[2]).toBe('upload nothing: the board holds the model: passed');
});
