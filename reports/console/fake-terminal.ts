import { EventEmitter } from 'node:events';
import type { Lifetime } from './live-block.ts';
import type { TextOutput } from './text-output.ts';

/**
 * A terminal for tests: keeps what was written and acts on the sequences that the live block uses (cursor up, carriage
 * return, erase to the end, hide and show the cursor). It fails on any other sequence.
 */
export class FakeTerminal implements TextOutput {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows = 24;
  readonly writes: string[] = [];
  readonly screen: string[] = [''];
  cursorVisible = true;
  #row = 0;

  constructor({ isTTY = true, columns = 100 }: { isTTY?: boolean; columns?: number } = {}) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  get text(): string {
    return this.writes.join('');
  }

  write(text: string): void {
    this.writes.push(text);
    const [plain = '', ...escaped] = text.split('\u001b');
    this.#print(plain);
    for (const piece of escaped) {
      const sequence = /^\[[?\d;]*[A-Za-z]/.exec(piece)?.[0] ?? '';
      this.#obey(sequence);
      this.#print(piece.slice(sequence.length));
    }
  }

  #print(text: string): void {
    const [first = '', ...others] = text.replaceAll('\r', '').split('\n');
    this.screen[this.#row] += first;
    for (const line of others) {
      this.#row++;
      this.screen[this.#row] = (this.screen[this.#row] ?? '') + line;
    }
  }

  #obey(sequence: string): void {
    if (sequence === '[?25l' || sequence === '[?25h') this.cursorVisible = sequence.endsWith('h');
    else if (sequence === '[J') this.screen.splice(this.#row, Infinity, '');
    else if (/^\[\d+A$/.test(sequence)) this.#row -= Number(sequence.slice(1, -1));
    else if (!/^\[\d+m$/.test(sequence)) throw new Error(`unexpected sequence ${JSON.stringify(sequence)}`);
  }
}

/** A process for tests, which remembers the signal that would have ended it. */
export class FakeLifetime extends EventEmitter implements Lifetime {
  readonly pid = 1;
  killedBy: string | undefined;

  kill(_pid: number, signal: string): void {
    this.killedBy = signal;
  }
}
