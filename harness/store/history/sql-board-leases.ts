import type { BoardLease, BoardLeases } from './board-leases.ts';
import type { Database, LeasesTable } from './database.ts';

/** Leases as rows of the store, by the store's own clock. */
export class SqlBoardLeases implements BoardLeases {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  acquire(board: string, holder: string, ttlMs: number): Promise<{ granted: boolean; lease: BoardLease }> {
    return this.#database.exclusively(async (db) => {
      const now = await this.#database.nowMs(db);
      const held = await db
        .selectFrom('board_leases')
        .selectAll()
        .where('board', '=', board)
        .executeTakeFirst();
      if (held && held.holder !== null && held.expires_ms > now) {
        return { granted: false, lease: leaseOf(held, held.holder) };
      }
      const row = { board, holder, fence: (held?.fence ?? 0) + 1, expires_ms: now + ttlMs };
      const { board: _, ...changes } = row;
      await db
        .insertInto('board_leases')
        .values(row)
        .onConflict((conflict) => conflict.column('board').doUpdateSet(changes))
        .execute();
      return { granted: true, lease: leaseOf(row, holder) };
    });
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
}

const leaseOf = (row: LeasesTable, holder: string): BoardLease => ({
  board: row.board,
  holder,
  fence: row.fence,
  expiresAt: new Date(row.expires_ms).toISOString(),
});
