import { HilError } from '../hil-error.ts';
import { policyFor } from './fault-policy.ts';

/** What follows an attempt that broke. */
export type NextStep =
  | { readonly kind: 'same-board'; readonly waitMs: number }
  /** Switch the board off and on, then once more there. */
  | { readonly kind: 'power-cycle' }
  | { readonly kind: 'other-board' }
  | { readonly kind: 'stop' };

export interface RetryPlanOptions {
  /** Repeats of a case altogether; the table alone decides where it is left out. */
  readonly limit?: number | undefined;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
}

/** Longest pause between two attempts. */
const longestBackOffMs = 15_000;

/** Counts the attempts of one case and says after each what the table of faults allows next. */
export class RetryPlan {
  readonly #limit: number;
  readonly #random: () => number;
  readonly #repeats = new Map<string, number>();
  readonly #cycled = new Set<string>();
  #total = 0;

  constructor({ limit = Infinity, random = Math.random }: RetryPlanOptions) {
    this.#limit = limit;
    this.#random = random;
  }

  /**
   * @param board - Where the attempt broke.
   * @param hasPower - Whether that board can be switched off and on.
   */
  next(thrown: unknown, board: string, hasPower: boolean): NextStep {
    if (!(thrown instanceof HilError) || this.#total >= this.#limit) return { kind: 'stop' };
    const { sameBoard, backOffMs, powerCycle, otherBoard } = policyFor(thrown);
    const key = `${board} ${thrown.code}`;
    const repeats = this.#repeats.get(key) ?? 0;
    if (repeats < sameBoard) {
      this.#repeats.set(key, repeats + 1);
      this.#total++;
      return { kind: 'same-board', waitMs: this.#pause(backOffMs, repeats) };
    }
    if (powerCycle && hasPower && !this.#cycled.has(board)) {
      this.#cycled.add(board);
      this.#total++;
      return { kind: 'power-cycle' };
    }
    if (!otherBoard) return { kind: 'stop' };
    this.#total++;
    return { kind: 'other-board' };
  }

  /** Doubles each time; between half and the whole of it, so that many do not come back at once. */
  #pause(baseMs: number, repeats: number): number {
    return Math.min(baseMs * 2 ** repeats, longestBackOffMs) * (0.5 + this.#random() / 2);
  }
}
