import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

// Boards with little memory, for tests: a control group of which the kernel kills whoever takes too much. Root only.

const version1 = '/sys/fs/cgroup/memory';
const version2 = '/sys/fs/cgroup';
const place = existsSync(join(version1, 'memory.limit_in_bytes'))
  ? { folder: version1, limit: 'memory.limit_in_bytes' }
  : { folder: version2, limit: 'memory.max' };

const name = (number: number): string => join(place.folder, `hil-test-${process.pid}-${number}`);
let made = 0;

/** @param limitBytes - For all its processes together. */
function makeGroup(limitBytes: number): string {
  const folder = name(++made);
  mkdirSync(folder);
  try {
    writeFileSync(join(folder, place.limit), String(limitBytes));
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  return folder;
}

/** Why there are none here; undefined where there are. */
export const noMemoryGroups = ((): string | undefined => {
  try {
    rmdirSync(makeGroup(2 ** 30));
    return undefined;
  } catch (error) {
    return `this machine has no control groups of memory for us: ${(error as Error).message}`;
  }
})();

/** A group that a server can enter. */
export interface MemoryGroup extends AsyncDisposable {
  /** Shell commands for it, before it starts. */
  readonly enter: string;
}

/** Disposing it waits until the last of its processes has ended. */
export function memoryGroup(limitBytes: number): MemoryGroup {
  const folder = makeGroup(limitBytes);
  return {
    enter: `echo $$ > ${join(folder, 'cgroup.procs')}`,
    async [Symbol.asyncDispose]() {
      for (let wait = 0; wait < 50; wait++) {
        try {
          rmdirSync(folder);
          return;
        } catch {
          await setTimeout(100);
        }
      }
    },
  };
}
