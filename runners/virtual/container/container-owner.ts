import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that started a container, so that others can tell when it is gone. */
export interface ContainerOwner {
  /** The machine and, on Linux, the pid namespace: a pid says nothing elsewhere. */
  readonly place: string;
  readonly pid: number;
  /** When the process started, in the kernel's ticks; tells a pid that was given away again. Empty where unknown. */
  readonly startedAt: string;
}

/** This process. */
export const thisOwner = (): ContainerOwner => ({
  place: thisPlace(),
  pid: process.pid,
  startedAt: startOf(process.pid) ?? '',
});

/** Whether the owner's process has ended for certain. False for processes of other places. */
export function isGone({ place, pid, startedAt }: ContainerOwner): boolean {
  if (place !== thisPlace()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const found = startOf(pid);
  return found !== undefined && startedAt !== '' && found !== startedAt;
}

function thisPlace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Field 22 of proc(5)'s stat; the name in field 2 may contain anything but ends with the last bracket. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
