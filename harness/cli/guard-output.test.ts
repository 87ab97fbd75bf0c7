import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { guardOutput } from './guard-output.ts';

/** A stream whose every write fails. */
const failing = (code: string): Writable =>
  new Writable({
    autoDestroy: false,
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: no`), { code })),
  });

const written = async (output: Writable): Promise<void> => {
  output.write('text');
  await new Promise(setImmediate);
};

test('a reader that has gone is no failure', async () => {
  const output = failing('EPIPE');
  const failure = guardOutput(output, 'standard output');

  await written(output);

  expect(failure()).toBeUndefined();
});

test('a disk that is full is one, told once', async () => {
  const output = failing('ENOSPC');
  const failure = guardOutput(output, 'standard output');

  await written(output);
  await written(output);

  expect(failure()?.message).toBe('standard output cannot be used: ENOSPC: no');
});
