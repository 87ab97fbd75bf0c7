import type { TextOutput } from './text-output.ts';

/** The part of `process` that tells of its end. */
export interface Lifetime {
  once(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  listenerCount(event: string): number;
  kill(pid: number, signal: string): unknown;
  readonly pid: number;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Lines at the bottom of a terminal that are redrawn in place. The cursor is hidden meanwhile and comes back on every
 * end: close, exit, and a signal that nobody else handles (which then ends the process as it would have).
 */
export class LiveBlock {
  readonly #output: TextOutput;
  readonly #lifetime: Lifetime;
  readonly #listeners: readonly (readonly [event: string, listener: () => void])[];
  #drawn = 0;
  #open = false;

  constructor(output: TextOutput, lifetime: Lifetime) {
    this.#output = output;
    this.#lifetime = lifetime;
    this.#listeners = [
      ['exit', () => this.close()],
      ...signals.map((signal) => [signal, () => this.#onSignal(signal)] as const),
    ];
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    for (const [event, listener] of this.#listeners) this.#lifetime.once(event, listener);
    this.#output.write(hideCursor);
  }

  /** Replaces the lines. Each must be narrower than the terminal, or the count of lines goes wrong. */
  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    this.#output.write(`${this.#erase()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }

  /** Writes lines above the block that stay. The block is gone until it is drawn again. */
  printAbove(text: string): void {
    this.#output.write(`${this.#erase()}${text}`);
    this.#drawn = 0;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const [event, listener] of this.#listeners) this.#lifetime.off(event, listener);
    this.#output.write(`${this.#erase()}${showCursor}`);
    this.#drawn = 0;
  }

  #erase(): string {
    return this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\r\u001b[J`;
  }

  #onSignal(signal: string): void {
    this.close();
    // Our listener took the signal's default away; where no one else wants it, that is given back.
    if (this.#lifetime.listenerCount(signal) === 0) this.#lifetime.kill(this.#lifetime.pid, signal);
  }
}
