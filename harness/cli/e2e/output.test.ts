import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFolder } from '../../harness-version.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { plainEnvironment } from './hil-process.ts';
import { tinyProject, tinySpec } from './tiny-project.ts';

const timeout = 60_000;

/** Starts the built program with an output that a test chooses. */
const start = (cwd: string, stdout: 'pipe' | number, ...args: readonly string[]) =>
  spawn(process.execPath, [join(packageFolder, 'bin/hil.js'), ...args], {
    cwd,
    env: plainEnvironment(),
    stdio: ['ignore', stdout, 'pipe'],
  });

const ended = (child: ReturnType<typeof start>) =>
  new Promise<{ code: number | null; stderr: string }>((resolve) => {
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('close', (code) => resolve({ code, stderr }));
  });

test('a run whose reader goes away, as with | head, ends as it would have', { timeout }, async () => {
  using place = tinyProject({ net: tinySpec('net') });

  const child = start(place.root, 'pipe', 'run');
  child.stdout!.destroy();
  const { code, stderr } = await ended(child);

  expect(stderr).not.toContain('EPIPE');
  expect(code).toBe(0);
  expect(existsSync(join(findRunFolder(place.path('.hil'), 'latest'), 'junit.xml'))).toBe(true);
});

test.skipIf(!existsSync('/dev/full'))(
  'an output that takes nothing is told, and the run is whole (needs /dev/full)',
  { timeout },
  async () => {
    using place = tinyProject({ net: tinySpec('net') });

    const { code, stderr } = await ended(start(place.root, openSync('/dev/full', 'w'), 'run'));

    expect(stderr).toContain('error: standard output cannot be used: ENOSPC');
    expect(code).toBe(3);
    expect(existsSync(join(findRunFolder(place.path('.hil'), 'latest'), 'junit.xml'))).toBe(true);
  },
);

test('a spec that ends the program does not make the run look as if it had passed', { timeout }, async () => {
  using place = tinyProject({}, { 'specs/ends.hil.ts': 'process.exit(0);\n' });

  const child = start(place.root, 'pipe', 'run');
  child.stdout!.resume();
  const { code, stderr } = await ended(child);

  expect(stderr).toBe(
    [
      'error: the program was ended from within before it was done',
      '  next: Look for process.exit in specs in TypeScript, in what they import, and in reporters.',
      '  code: HIL_ENDED_EARLY',
      '',
    ].join('\n'),
  );
  expect(code).toBe(2);
});
