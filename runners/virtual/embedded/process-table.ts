/** A process of an embedded board. */
export interface BoardProcess {
  readonly pid: number;
  /** Every command that comes over SSH leads its own group, as under a real server. */
  readonly pgid: number;
  /** First word of what it executes now; `exec` changes it. */
  name: string;
  readonly signal: AbortSignal;
  /** What its shell has exported. */
  readonly environment: Record<string, string>;
  /** Set once it was killed, e.g. `KILL`. */
  killedBy: string | undefined;
}

interface Entry extends BoardProcess {
  readonly controller: AbortController;
}

/** The processes of an embedded board; the numbers are never used twice. */
export class ProcessTable {
  readonly #running = new Map<number, Entry>();
  #lastPid = 100;

  start(name: string): BoardProcess {
    const pid = ++this.#lastPid;
    const controller = new AbortController();
    const entry: Entry = {
      pid,
      pgid: pid,
      name,
      controller,
      signal: controller.signal,
      environment: {},
      killedBy: undefined,
    };
    this.#running.set(pid, entry);
    return entry;
  }

  end(pid: number): void {
    this.#running.delete(pid);
  }

  get(pid: number): BoardProcess | undefined {
    return this.#running.get(pid);
  }

  get running(): readonly BoardProcess[] {
    return [...this.#running.values()];
  }

  /** @param pid - Negative: the whole group. @returns Whether there was anything to kill. */
  kill(pid: number, signal: string): boolean {
    const targets = [...this.#running.values()].filter((entry) => entry.pid === pid || entry.pgid === -pid);
    for (const entry of targets) {
      entry.killedBy = signal;
      this.#running.delete(entry.pid);
      entry.controller.abort();
    }
    return targets.length > 0;
  }
}
