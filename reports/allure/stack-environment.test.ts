import { expect, test } from 'vitest';
import { environmentName, environmentsOf } from './stack-environment.ts';

test('simulated results are an environment of their own', () => {
  expect(environmentName({ sdk: '1.7.5', simulated: false })).toBe('SDK 1.7.5');
  expect(environmentName({ sdk: '1.7.5', simulated: true })).toBe('SDK 1.7.5 (simulated)');
});

test('environments stand in the order of their versions, with ids that addresses take', () => {
  expect(environmentsOf(['SDK 1.10.0', 'SDK 1.7.5 (simulated)', 'SDK 1.7.5', 'SDK 1.7.5'])).toEqual([
    { id: 'sdk-1-7-5', name: 'SDK 1.7.5' },
    { id: 'sdk-1-7-5-simulated', name: 'SDK 1.7.5 (simulated)' },
    { id: 'sdk-1-10-0', name: 'SDK 1.10.0' },
  ]);
});

test('names that differ have ids that differ, and Allure takes every name', () => {
  expect(environmentsOf(['SDK a.b', 'SDK a-b']).map(({ id }) => id)).toEqual(
    expect.arrayContaining(['sdk-a-b', 'sdk-a-b-2']),
  );
  expect(environmentName({ sdk: 'rc/1\\2\n', simulated: false })).toBe('SDK rc-1-2-');
  expect(environmentName({ sdk: 'x'.repeat(100), simulated: true }).length).toBe(64);
});
