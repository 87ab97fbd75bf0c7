import { expect, test } from 'vitest';
import { caseRecord } from '../fixture-records.ts';
import { RunningCases } from './running-cases.ts';

const at = { case: 'story › picture', board: 'farm-3', sdk: '1.6.0' };

test('the reference is told beside the stage on the board until it is done', () => {
  const running = new RunningCases();
  const stages = () => running.describe(0).map(({ stage }) => stage);

  running.update({ ...at, stage: 'reference' }, 0);
  expect(stages()).toEqual(['reference']);
  running.update({ ...at, stage: 'connect' }, 0);
  expect(stages()).toEqual(['connect + reference']);
  running.update({ ...at, stage: 'reference', done: 1 }, 0);
  expect(stages()).toEqual(['connect']);
});

test('comparing means that the reference is done, even if nobody said so', () => {
  const running = new RunningCases();
  running.update({ ...at, stage: 'reference' }, 0);

  running.update({ ...at, stage: 'compare' }, 0);

  expect(running.describe(0)[0]?.stage).toBe('compare');
});

test('a case that moves to another board is still the same case', () => {
  const running = new RunningCases();
  running.update({ ...at, stage: 'connect' }, 0);

  running.update({ ...at, board: 'farm-4', stage: 'connect' }, 500);

  expect(running.describe(1500)).toEqual([
    { name: 'story › picture', board: 'farm-4', stage: 'connect', time: '1.5 s' },
  ]);
});

test('a finished case is gone, the same case under another SDK is not', () => {
  const running = new RunningCases();
  running.update({ ...at, stage: 'run' }, 0);
  running.update({ ...at, sdk: '1.7.5', stage: 'run' }, 0);

  running.end(caseRecord('story', 'picture'));

  expect(running.describe(0).length).toBe(1);
});
