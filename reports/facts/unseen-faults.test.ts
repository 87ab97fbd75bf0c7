import { expect, test } from 'vitest';
import { fixtureSummary } from '../fixture-run.ts';
import { summariseUnseenFaults } from './unseen-faults.ts';

test('one line for each fault that a spec lets through', () => {
  expect(summariseUnseenFaults(fixtureSummary.records)).toEqual([
    { spec: 'story', sentence: 'atol 0.03 does not see one fp16 step on the top class on 1 of 3 cases' },
  ]);
});

test('cases whose tolerance was not tested do not count', () => {
  const unseenFaults = [{ fault: 'nan', output: 'prob', message: 'atol 1 does not see a NaN' }];

  expect(
    summariseUnseenFaults([
      { case: { spec: 'net' }, unseenFaults },
      { case: { spec: 'net' }, unseenFaults: [] },
      { case: { spec: 'net' } },
    ]),
  ).toEqual([{ spec: 'net', sentence: 'atol 1 does not see a NaN on 1 of 2 cases' }]);
});
