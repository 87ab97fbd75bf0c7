import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isGone, thisOwner } from './container-owner.ts';

test('this process is not gone', () => {
  expect(isGone(thisOwner())).toBe(false);
});

test('a process is gone once it has ended', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');

  expect(isGone({ ...thisOwner(), pid: child.pid!, startedAt: '' })).toBe(true);
});

test.runIf(process.platform === 'linux')('a process is gone if its pid now belongs to another', () => {
  expect(isGone({ ...thisOwner(), startedAt: '1' })).toBe(true);
});

test('nothing is said of processes of another machine', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');

  expect(isGone({ ...thisOwner(), pid: child.pid!, place: 'elsewhere' })).toBe(false);
});
