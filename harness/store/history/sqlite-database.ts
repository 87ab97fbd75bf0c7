import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { HilError } from '../../hil-error.ts';
import type { Database, Tables } from './database.ts';

/** The library that reads and writes SQLite files is not installed, or does not load. */
export class SqliteMissingError extends HilError {
  readonly code = 'HIL_STORE_SQLITE';
  readonly owner = 'lab';

  constructor(cause: unknown) {
    super('the history needs the package better-sqlite3, which is not installed or does not load', {
      hint: 'Install a C++ compiler and run `npm ci` again, or name a PostgreSQL server with `history` in hil.config.yaml.',
      cause,
    });
  }
}

/** The file cannot be opened: no rights, no room, or no database. */
export class SqliteFileError extends HilError {
  readonly code = 'HIL_STORE_FILE';
  readonly owner = 'lab';

  constructor(path: string, cause: unknown) {
    super(
      `the history in ${path} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'Check the file’s rights and that its disk has room, or name another with `history` in hil.config.yaml.',
        cause,
      },
    );
  }
}

const busyTimeoutMs = 20_000;

/**
 * Opens a SQLite file, in WAL mode so that readers never wait for the writer; makes it, with its folder, if need be.
 *
 * @throws {SqliteMissingError}
 */
export async function openSqlite(path: string): Promise<Database> {
  const { default: BetterSqlite } = await import('better-sqlite3').catch((cause: unknown) => {
    throw new SqliteMissingError(cause);
  });
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  let file: InstanceType<typeof BetterSqlite>;
  try {
    file = new BetterSqlite(path, { timeout: 0 });
  } catch (cause) {
    // The package is there, but not its compiled part: it says so only now.
    if (cause instanceof Error && /bindings file|NODE_MODULE_VERSION/.test(cause.message)) {
      throw new SqliteMissingError(cause);
    }
    throw new SqliteFileError(path, cause);
  }
  try {
    await whenFree(() => file.pragma('journal_mode = WAL'));
  } catch (cause) {
    file.close();
    throw new SqliteFileError(path, cause);
  }
  // A record is in its run's journal, on the disk, before it comes here: a power cut may cost the copy, not the record.
  file.pragma('synchronous = NORMAL');
  file.pragma('foreign_keys = ON');
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: file }) });
  const writing: Database['writing'] = (work) =>
    db.connection().execute(async (connection) => {
      // Unlike a plain BEGIN it takes the write lock at once, so that nothing read inside can be out of date.
      await whenFree(() => sql`begin immediate`.execute(connection));
      try {
        const result = await work(connection);
        await sql`commit`.execute(connection);
        return result;
      } catch (error) {
        // Some failures, a full disk among them, have ended the transaction already.
        await sql`rollback`.execute(connection).catch(() => undefined);
        throw error;
      }
    });
  return {
    db,
    place: path,
    serialKey: 'integer primary key autoincrement',
    exclusively: writing,
    writing,
    nowMs: () => Promise.resolve(Date.now()),
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

const isBusy = (error: unknown) =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');

/** SQLite's own wait blocks the whole process, and whoever holds the lock may be in it: we wait in between. */
async function whenFree<T>(work: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await setTimeout(2 + Math.random() * 10);
    }
  }
}
