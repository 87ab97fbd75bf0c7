import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Whether processes can be looked at here: Linux shows them as files. */
export const seesProcesses: boolean = existsSync('/proc/self/stat');

/** Ids of the living processes of a group, its leader first. */
export function processesOf(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const { state, group: own } = statusOf(pid);
      return own === group && state !== 'Z';
    })
    .sort((a, b) => a - b);
}

/** From /proc/<pid>/stat: `pid (name) state parent group ...`; the name may hold blanks and brackets. */
function statusOf(pid: number): { state?: string | undefined; group?: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group) };
  } catch {
    // It has ended since the folder was read.
    return {};
  }
}
