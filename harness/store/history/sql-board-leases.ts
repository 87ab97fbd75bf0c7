import { setTimeout } from 'node:timers/promises';
import type { Cancellable } from '../../cancellable.ts';
import type { BoardLease, BoardLeases } from './board-leases.ts';
import type { Database, LeasesTable } from './database.ts';

/** How often who waits looks whether a board is free. */
const lookMs = 50;

/** Leases as rows of the store, by the store's own clock. */
export class SqlBoardLeases implements BoardLeases {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async acquire(
    board: string,
    holder: string,
    ttlMs: number,
  ): Promise<{ granted: boolean; lease: BoardLease }> {
    for (;;) {
      const granted = await this.acquireAny([board], holder, ttlMs);
      if (granted) return { granted: true, lease: granted };
      const held = await this.#database.db
        .selectFrom('board_leases')
        .selectAll()
        .where('board', '=', board)
        .executeTakeFirst();
      // Given back in between: it is ours if nobody was faster.
      if (held && held.holder !== null) return { granted: false, lease: leaseOf(held, held.holder) };
    }
  }

  async acquireAny(
    boards: readonly string[],
    holder: string,
    ttlMs: number,
  ): Promise<BoardLease | undefined> {
    // Whoever only looks takes no lock: most who wait find everything held.
    if (!(await this.#anyFree(boards))) return undefined;
    return this.#database.exclusively(async (db) => {
      const now = await this.#database.nowMs(db);
      const rows = await db.selectFrom('board_leases').selectAll().where('board', 'in', boards).execute();
      const known = new Map(rows.map((row) => [row.board, row]));
      const board = boards.find((name) => isFree(known.get(name), now));
      if (board === undefined) return undefined;
      const changes = { holder, fence: (known.get(board)?.fence ?? 0) + 1, expires_ms: now + ttlMs };
      await db
        .insertInto('board_leases')
        .values({ board, ...changes })
        .onConflict((conflict) => conflict.column('board').doUpdateSet(changes))
        .execute();
      return leaseOf({ board, ...changes }, holder);
    });
  }

  async waitForAny(
    boards: readonly string[],
    holder: string,
    ttlMs: number,
    { signal, atMostMs }: Cancellable & { readonly atMostMs: number },
  ): Promise<BoardLease | undefined> {
    const endsAt = performance.now() + atMostMs;
    for (;;) {
      const lease = await this.acquireAny(boards, holder, ttlMs);
      const left = endsAt - performance.now();
      if (lease !== undefined || left <= 0) return lease;
      // Looking costs next to nothing in a file; those who wait do not all look at the same moment.
      await setTimeout(Math.min(left, lookMs * (0.5 + Math.random())), undefined, { signal });
    }
  }

  renew(lease: BoardLease, ttlMs: number): Promise<BoardLease | undefined> {
    return this.#database.writing(async (db) => {
      const expires = (await this.#database.nowMs(db)) + ttlMs;
      // Late is not too late: as long as nobody took the board, the fence is the same and it is still ours.
      const { numUpdatedRows } = await db
        .updateTable('board_leases')
        .set({ expires_ms: expires })
        .where('board', '=', lease.board)
        .where('fence', '=', lease.fence)
        .where('holder', '=', lease.holder)
        .executeTakeFirst();
      return numUpdatedRows === 1n ? { ...lease, expiresAt: new Date(expires).toISOString() } : undefined;
    });
  }

  async release({ board, fence, holder }: BoardLease): Promise<void> {
    await this.#database.writing((db) =>
      db
        .updateTable('board_leases')
        .set({ holder: null, expires_ms: 0 })
        .where('board', '=', board)
        .where('fence', '=', fence)
        .where('holder', '=', holder)
        .execute(),
    );
  }

  async list(): Promise<readonly BoardLease[]> {
    const { db } = this.#database;
    const rows = await db
      .selectFrom('board_leases')
      .selectAll()
      .where('holder', 'is not', null)
      .where('expires_ms', '>', await this.#database.nowMs(db))
      .orderBy('board')
      .execute();
    return rows.map((row) => leaseOf(row, row.holder ?? ''));
  }

  async #anyFree(boards: readonly string[]): Promise<boolean> {
    const { db } = this.#database;
    const now = await this.#database.nowMs(db);
    const { held } = await db
      .selectFrom('board_leases')
      .select(({ fn }) => fn.countAll<number>().as('held'))
      .where('board', 'in', boards)
      .where('holder', 'is not', null)
      .where('expires_ms', '>', now)
      .executeTakeFirstOrThrow();
    return held < boards.length;
  }
}

const isFree = (row: LeasesTable | undefined, now: number): boolean =>
  row === undefined || row.holder === null || row.expires_ms <= now;

export const leaseOf = (row: LeasesTable, holder: string): BoardLease => ({
  board: row.board,
  holder,
  fence: row.fence,
  expiresAt: new Date(row.expires_ms).toISOString(),
});
