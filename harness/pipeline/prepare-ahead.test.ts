import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PrepareAhead } from './prepare-ahead.ts';
import { trialCase } from './trial-case.ts';

test('has an input ready that was begun, though its file has gone since', async () => {
  using trial = await trialCase();
  const ahead = new PrepareAhead();

  ahead.begin(trial.testCase);
  await new Promise((resolve) => setTimeout(resolve, 50));
  rmSync(trial.testCase.input.path);

  expect((await ahead.take(trial.testCase)).sourceSha256).toMatch(/^[0-9a-f]{64}$/);
});

test('gives an input away once: a second attempt reads the file again', async () => {
  using trial = await trialCase();
  const ahead = new PrepareAhead();
  ahead.begin(trial.testCase);
  await ahead.take(trial.testCase);
  rmSync(trial.testCase.input.path);

  await expect(ahead.take(trial.testCase)).rejects.toThrow('x.npy');
});

test('shows what went wrong when the input is taken, not before', async () => {
  using trial = await trialCase();
  rmSync(trial.testCase.input.path);
  const ahead = new PrepareAhead();

  ahead.begin(trial.testCase);
  await new Promise((resolve) => setTimeout(resolve, 50));

  await expect(ahead.take(trial.testCase)).rejects.toThrow('x.npy');
});

test('prepares an input that nobody began', async () => {
  using trial = await trialCase();
  using other = await trialCase();
  const ahead = new PrepareAhead();
  ahead.begin(other.testCase);

  expect((await ahead.take(trial.testCase)).sourceSha256).toMatch(/^[0-9a-f]{64}$/);
});
