import { hostname, userInfo } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { BoardGate } from '../../board/broker/board-gate.ts';
import type { BoardLease } from './board-leases.ts';
import type { RecordStore } from './record-store.ts';
import { SqliteMissingError } from './sqlite-database.ts';

export interface LeaseGateOptions {
  /** Opens the store; called when the first board is wanted. */
  readonly open: () => Promise<RecordStore>;
  /** Who we are, for people who wait. */
  readonly holder: string;
  /** Told once for each board that somebody else has: people see why nothing goes on. */
  readonly onWait?: (board: string, holder: string) => void;
  /** Told when a board turns out not to be ours any more, though nobody here gave it back. */
  readonly onLost?: (board: string) => void;
  readonly ttlMs?: number;
  readonly pollMs?: number;
  /** Ends all waiting. */
  readonly signal?: AbortSignal;
}

/** A holder's name that tells others on this machine whether it is still there. */
export const leaseHolder = (run: string): string =>
  `${userInfo().username}@${hostname()} (pid ${process.pid}), run ${run}`;

/** Of a process of this machine it can be told that it is gone; its leases need not be waited for. */
function isGone(holder: string): boolean {
  const [, host, pid] = /@(\S+) \(pid (\d+)\)/.exec(holder) ?? [];
  if (host !== hostname() || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === 'ESRCH';
  }
}

/**
 * Leases of boards in the store, so that runs on one machine, or on all that share the store, never use one board at once.
 * A lease is renewed while it is held; that of a run that was killed expires by itself.
 */
export class LeaseGate implements BoardGate, AsyncDisposable {
  readonly #options: LeaseGateOptions;
  readonly #ttlMs: number;
  readonly #pollMs: number;
  readonly #end = new AbortController();
  readonly #ended: AbortSignal;
  readonly #held = new Map<string, BoardLease>();
  #store: Promise<RecordStore> | undefined;
  #beat: NodeJS.Timeout | undefined;
  #renewing = false;

  constructor(options: LeaseGateOptions) {
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? 30_000;
    this.#pollMs = options.pollMs ?? 1000;
    this.#ended = options.signal ? AbortSignal.any([this.#end.signal, options.signal]) : this.#end.signal;
  }

  async enter(board: string): Promise<void> {
    const store = await this.#opened().catch((error: unknown) => {
      // Without a store nobody can hold a lease in it; the lock on the board itself is left.
      if (error instanceof SqliteMissingError) return undefined;
      throw error;
    });
    if (store === undefined) return;
    const { leases } = store;
    const { holder, onWait } = this.#options;
    for (let waited = false; ; waited = true) {
      this.#ended.throwIfAborted();
      const { granted, lease } = await this.#patiently(() => leases.acquire(board, holder, this.#ttlMs));
      if (granted) return this.#hold(lease);
      if (isGone(lease.holder)) {
        await leases.release(lease);
        continue;
      }
      if (!waited) onWait?.(board, lease.holder);
      const given = await this.#patiently(() =>
        leases.waitForAny([board], holder, this.#ttlMs, { atMostMs: this.#pollMs, signal: this.#ended }),
      );
      if (given !== undefined) return this.#hold(given);
    }
  }

  #hold(lease: BoardLease): void {
    this.#held.set(lease.board, lease);
    this.#beat ??= setInterval(() => void this.#renewAll(), this.#ttlMs / 3).unref();
  }

  leave(board: string): void {
    const lease = this.#held.get(board);
    this.#held.delete(board);
    // A lease that cannot be given back expires.
    if (lease)
      void this.#opened()
        .then(({ leases }) => leases.release(lease))
        .catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('the run has ended'));
    clearInterval(this.#beat);
    const store = await this.#store?.catch(() => undefined);
    if (!store) return;
    await Promise.allSettled([...this.#held.values()].map((lease) => store.leases.release(lease)));
    this.#held.clear();
    await store[Symbol.asyncDispose]();
  }

  /** A store that was there a moment ago may come back: it has as long as a lease holds. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (performance.now() - startedAt > this.#ttlMs) throw error;
        await setTimeout(this.#pollMs, undefined, { signal: this.#ended });
      }
    }
  }

  async #renewAll(): Promise<void> {
    // A store that does not answer keeps us longer than a beat.
    if (this.#renewing) return;
    this.#renewing = true;
    for (const [board, lease] of this.#held) await this.#renew(board, lease);
    this.#renewing = false;
  }

  /**
   * A store that is away for a while costs nothing as long as nobody else takes the board: the board has a lock too. One
   * that has forgotten our lease, or has given the board to another run, is believed.
   */
  async #renew(board: string, lease: BoardLease): Promise<void> {
    const renewed = await this.#opened()
      .then(({ leases }) => leases.renew(lease, this.#ttlMs))
      .catch(() => lease);
    if (this.#held.get(board) !== lease) return;
    if (renewed) {
      this.#held.set(board, renewed);
      return;
    }
    this.#held.delete(board);
    this.#options.onLost?.(board);
  }

  #opened(): Promise<RecordStore> {
    this.#store ??= this.#options.open();
    return this.#store;
  }
}
