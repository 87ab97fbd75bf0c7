import { expect, test } from 'vitest';
import { StageClock } from './stage-clock.ts';

test('tells a stage as it begins and adds up what it took, also when it fails', async () => {
  const told: unknown[] = [];
  const clock = new StageClock((stage, done) => told.push([stage, done]));

  await expect(clock.time('run', () => Promise.reject(new Error('crashed')))).rejects.toThrow('crashed');
  const result = await clock.time('compare', () => 7);
  clock.tell('upload', 0.5);
  clock.add('connect', 30);
  clock.add('connect', 12);

  expect(result).toBe(7);
  expect(told).toEqual([
    ['run', undefined],
    ['compare', undefined],
    ['upload', 0.5],
  ]);
  expect(Object.keys(clock.stagesMs)).toEqual(['run', 'compare', 'connect']);
  expect(clock.stagesMs.connect).toBe(42);
});
