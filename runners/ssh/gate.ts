import type { Cancellable } from '../../harness/cancellable.ts';

/** Lets so many in at a time; the others wait in order. */
export class Gate {
  readonly #capacity: number;
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Runs `work` when there is room; the wait ends when the signal aborts. */
  async pass<T>(work: () => Promise<T>, { signal }: Cancellable): Promise<T> {
    if (this.#inside >= this.#capacity) await this.#wait(signal);
    else this.#inside++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside--;
    }
  }

  /** Whoever leaves hands over the place. */
  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal?.reason as Error);
      };
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }
}
