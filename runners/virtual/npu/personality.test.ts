import { expect, test } from 'vitest';
import { parseComponentVersion } from '../../../harness/board/sdk-stack.ts';
import { isSimulatedSdk, personalities, simulatedSdks } from './personality.ts';

test.each(simulatedSdks)('the stack %s is called after the version that its runtime answers', (sdk) => {
  const { version, commit, built } = parseComponentVersion(personalities[sdk].apiVersion);

  expect(version).toBe(sdk);
  expect(commit).toMatch(/^[0-9a-f]{7}$/);
  expect(built).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
});

test('only known stacks are simulated', () => {
  expect(isSimulatedSdk('1.6.1')).toBe(true);
  expect(isSimulatedSdk('1.6.0')).toBe(false);
  expect(isSimulatedSdk('toString')).toBe(false);
});
