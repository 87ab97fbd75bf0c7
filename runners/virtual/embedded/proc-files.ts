import type { ProcessTable } from './process-table.ts';

/** What an embedded board tells about itself. */
export interface BoardFacts {
  readonly bootId: string;
  readonly kernelRelease: string;
  readonly memoryBytes: number;
}

/** The content of a file below /proc; undefined if the board has none of this name. */
export function generatedFile(path: string, facts: BoardFacts, processes: ProcessTable): string | undefined {
  if (!path.startsWith('/proc/')) return undefined;
  switch (path) {
    case '/proc/sys/kernel/random/boot_id':
      return `${facts.bootId}\n`;
    case '/proc/sys/kernel/osrelease':
      return `${facts.kernelRelease}\n`;
    case '/proc/version':
      return `Linux version ${facts.kernelRelease} (simulated) #1 SMP PREEMPT\n`;
    case '/proc/meminfo': {
      const kib = Math.floor(facts.memoryBytes / 1024);
      return `MemTotal:       ${kib} kB\nMemAvailable:   ${Math.floor(kib * 0.8)} kB\n`;
    }
    default: {
      const pid = /^\/proc\/(\d+)\/stat$/.exec(path)?.[1];
      const process = pid === undefined ? undefined : processes.get(Number(pid));
      return process && `${process.pid} (${process.name}) S 1 ${process.pgid} ${process.pgid} 0 -1\n`;
    }
  }
}
