import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { temporaryProject } from '../spec/temporary-project.ts';
import { powerCycle } from './power-cycle.ts';

const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];
const append = `require('node:fs').appendFileSync(process.argv[1], process.argv[2])`;

test('switches off, waits, and switches on', async () => {
  using place = temporaryProject();
  const log = place.path('log');

  await powerCycle({ off: node(append, log, 'off '), on: node(append, log, 'on'), pauseSeconds: 0 }, {});

  expect(readFileSync(log, 'utf8')).toBe('off on');
});

test('a hook that fails says what it printed', async () => {
  await expect(
    powerCycle({ cycle: node(`console.error('no such outlet'); process.exit(3)`) }, {}),
  ).rejects.toMatchObject({
    code: 'HIL_BOARD_POWER',
    message: expect.stringMatching(/ended with status 3: no such outlet$/),
  });
});

test('a hook that is not there says so', async () => {
  await expect(powerCycle({ cycle: ['/no/such/hook'] }, {})).rejects.toMatchObject({
    code: 'HIL_BOARD_POWER',
    message: expect.stringContaining('does not start'),
  });
});
