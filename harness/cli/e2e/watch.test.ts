import { readFileSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { startHil } from './hil-process.ts';
import { tinyProject, tinySpec } from './tiny-project.ts';

const within = { timeout: 30_000, interval: 50 };

test('hil run --watch runs again when a spec changes, and ends on Ctrl-C', { timeout: 90_000 }, async () => {
  using place = tinyProject({ net: tinySpec('net', { inputs: ['up.npy'] }) });
  const file = place.path('specs/net.hil.json');
  const running = startHil(place.root, ['run', '--watch']);
  onTestFinished(() => {
    try {
      process.kill(-running.pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  });
  const output = () => running.output();
  await expect.poll(output, within).toContain('1 passed, 0 failed, 0 broken');

  writeFileSync(file, readFileSync(file, 'utf8').replace('"atol":0.01', '"atol":0.00001'));
  await expect.poll(output, within).toContain('0 passed, 1 failed, 0 broken');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"atol":0.00001', '"atol":-1'));
  await expect.poll(output, within).toContain('tolerance.atol is -1, but must be at least 0');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"atol":-1', '"atol":0.01'));
  await expect.poll(() => output().match(/1 passed, 0 failed, 0 broken/g), within).toHaveLength(2);
  process.kill(-running.pid, 'SIGINT');
  const { code } = await running.finished;

  // Ctrl-C is how one ends watching: what counts is the last run.
  expect(code).toBe(0);
});
