import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Cancellable } from '../cancellable.ts';

const pollMs = 200;

/**
 * Lets one process at a time make a model: whoever comes second waits, and finds it made. A lock whose process of this
 * machine is gone counts for nothing; one of another machine has to be taken away by hand.
 *
 * @returns The lock, to be disposed; undefined once the model is there.
 * @throws The signal's reason.
 */
export async function lockConversion(
  path: string,
  isMade: () => Promise<boolean>,
  { signal }: Cancellable,
): Promise<AsyncDisposable | undefined> {
  await mkdir(dirname(path), { recursive: true });
  for (;;) {
    if (await isMade()) return undefined;
    try {
      await writeFile(path, `${process.pid}@${hostname()}`, { flag: 'wx' });
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readFile(path, 'utf8').catch(() => '');
    if (isGone(holder)) await rm(path, { force: true });
    else await setTimeout(pollMs, undefined, { signal });
  }
}

/** Our own process is never gone: two of its conversions may want the same model. */
function isGone(holder: string): boolean {
  const [, pid, host] = /^(\d+)@(.+)$/.exec(holder) ?? [];
  if (pid === undefined || host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
