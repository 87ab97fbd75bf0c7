import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { deadline } from './deadline.ts';
import { HilError } from './hil-error.ts';

class Late extends HilError {
  readonly code = 'HIL_LATE';
  readonly owner = 'lab';
}
const late = () => new Late('too late', { hint: 'Wait longer.' });

test('aborts with its error when the time is up', async () => {
  using limit = deadline(undefined, 1, late);

  await expect.poll(() => limit.signal.aborted).toBe(true);

  expect(limit.signal.reason).toBeInstanceOf(Late);
});

test('aborts with the parent’s reason when that comes first', () => {
  const parent = new AbortController();
  using limit = deadline(parent.signal, 60_000, late);

  parent.abort(new Error('Ctrl-C'));

  expect(limit.signal.aborted).toBe(true);
  expect(limit.signal.reason).toEqual(new Error('Ctrl-C'));
});

test('has aborted from the start where its parent has', () => {
  using limit = deadline(AbortSignal.abort(new Error('Ctrl-C')), 60_000, late);

  expect(limit.signal.aborted).toBe(true);
});

test('does nothing once it is disposed, and keeps no process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const limit = deadline(undefined, 5, late);

  limit[Symbol.dispose]();
  const after = timers();
  await wait(20);

  expect(after).toBe(before);
  expect(limit.signal.aborted).toBe(false);
});
