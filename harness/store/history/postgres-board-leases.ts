import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Cancellable } from '../../cancellable.ts';
import type { BoardLease } from './board-leases.ts';
import type { Database, LeasesTable } from './database.ts';
import { leaseChannel } from './postgres-signals.ts';
import type { ReleaseSignals } from './release-signals.ts';
import { leaseOf, SqlBoardLeases } from './sql-board-leases.ts';

/** Over how long those who heard that a board is free spread their questions. */
const spreadMs = 20;

/**
 * Leases on a server that a farm shares. Taking a board is one statement, so that no lock is held over the network; whoever
 * finds none is told when one is given back, instead of asking the server all the time.
 */
export class PostgresBoardLeases extends SqlBoardLeases {
  readonly #database: Database;
  readonly #signals: ReleaseSignals;
  /** Boards that have a row. */
  readonly #known = new Set<string>();

  constructor(database: Database, signals: ReleaseSignals) {
    super(database);
    this.#database = database;
    this.#signals = signals;
  }

  override async acquireAny(
    boards: readonly string[],
    holder: string,
    ttlMs: number,
  ): Promise<BoardLease | undefined> {
    await this.#know(boards);
    const names = sql`cast(${boards} as text[])`;
    const now = sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`;
    const { rows } = await sql<LeasesTable>`
      with taken as (
        update board_leases set holder = ${holder}, fence = fence + 1, expires_ms = ${now} + ${ttlMs}
        where board = (
          select board from board_leases
          where board = any(${names}) and (holder is null or expires_ms <= ${now})
          order by array_position(${names}, board) limit 1 for update skip locked
        )
        returning board, holder, fence, expires_ms
      )
      select board, holder, fence, expires_ms, pg_notify(${leaseChannel}, '-' || board) from taken`.execute(
      this.#database.db,
    );
    const [row] = rows;
    return row && leaseOf(row, holder);
  }

  override async waitForAny(
    boards: readonly string[],
    holder: string,
    ttlMs: number,
    { signal, atMostMs }: Cancellable & { readonly atMostMs: number },
  ): Promise<BoardLease | undefined> {
    const endsAt = performance.now() + atMostMs;
    // Who cannot listen, behind a pooler or without a connection to spare, asks when the time is up.
    await this.#signals.listen().catch(() => undefined);
    // Counted before asking: what is given back in between is not missed.
    let seen = this.#signals.count(boards);
    for (let ask = true; ;) {
      const lease = ask ? await this.acquireAny(boards, holder, ttlMs) : undefined;
      const left = endsAt - performance.now();
      if (lease !== undefined || left <= 0) return lease;
      // When the time is up it is asked once more: a lease may have expired, which nobody says.
      ask = !(await this.#signals.next(boards, seen, { signal, atMostMs: left }));
      if (ask) continue;
      // Of many who wait one comes first, and the others hear of it before they ask.
      await setTimeout(Math.random() * spreadMs, undefined, { signal });
      seen = this.#signals.count(boards);
      ask = this.#signals.someFree(boards);
    }
  }

  override async release({ board, fence, holder }: BoardLease): Promise<void> {
    await sql`
      with released as (
        update board_leases set holder = null, expires_ms = 0
        where board = ${board} and fence = ${fence} and holder = ${holder} returning board
      )
      select pg_notify(${leaseChannel}, '+' || board) from released`.execute(this.#database.db);
  }

  async #know(boards: readonly string[]): Promise<void> {
    const fresh = boards.filter((board) => !this.#known.has(board));
    if (fresh.length === 0) return;
    await this.#database.db
      .insertInto('board_leases')
      .values(fresh.map((board) => ({ board, holder: null, fence: 0, expires_ms: 0 })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    for (const board of fresh) this.#known.add(board);
  }
}
