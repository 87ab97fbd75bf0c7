import { expect, test } from 'vitest';
import { fixtureSummary } from '../fixture-run.ts';
import { summariseUnseenFaults } from './unseen-faults.ts';

test('one line for each fault that a spec lets through', () => {
  expect(summariseUnseenFaults(fixtureSummary.records)).toEqual([
    { spec: 'story', sentence: 'atol 0.03 does not see one fp16 step on the top class on 1 of 4 cases' },
  ]);
});
