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
  startedAt: statOf(process.pid)?.startedAt ?? '',
});

/** Whether the owner's process has ended for certain. False for processes of other places. */
export function isGone({ place, pid, startedAt }: ContainerOwner): boolean {
  if (place !== thisPlace()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const found = statOf(pid);
  // A zombie is gone; only its parent has not asked after it yet.
  return found !== undefined && (found.state === 'Z' || (startedAt !== '' && found.startedAt !== startedAt));
}

function thisPlace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Fields 3 and 22 of proc(5)'s stat; the name in field 2 may contain anything but ends with the last bracket. */
function statOf(pid: number): { readonly state: string; readonly startedAt: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startedAt: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
