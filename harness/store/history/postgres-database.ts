import { Kysely, PostgresDialect, sql } from 'kysely';
import { HilError } from '../../hil-error.ts';
import type { Database, Tables } from './database.ts';
import { PostgresSignals } from './postgres-signals.ts';

/** The PostgreSQL server does not answer, or does not let us in. */
export class PostgresUnreachableError extends HilError {
  readonly code = 'HIL_STORE_POSTGRES';
  readonly owner = 'lab';
  override readonly retry = 'same-board';

  constructor(place: string, cause: unknown) {
    const reason =
      cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause);
    super(`the history at ${place} does not answer: ${reason}`, {
      hint: 'Check that the server runs and that host, database, user and password are right; PGPASSWORD or ~/.pgpass may hold the password.',
      cause,
    });
  }
}

/** Any constant of ours: everybody who changes the layout holds it meanwhile. */
const layoutLock = 7_415_201;
const int8 = 20;

/**
 * Connects to a PostgreSQL server.
 *
 * @param url - `postgres://user@host:port/database`; the usual variables (`PGPASSWORD` and others) count as well.
 * @throws {PostgresUnreachableError}
 */
export async function openPostgres(url: string): Promise<Database> {
  const { default: pg } = await import('pg');
  const place = withoutPassword(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: 10_000,
    application_name: 'hil',
    types: {
      // Counts and fences stay far below 2^53.
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // A connection that breaks while it is idle is replaced when the next is needed.
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await sql`select 1`.execute(db);
  } catch (cause) {
    await db.destroy();
    throw new PostgresUnreachableError(place, cause);
  }
  const signals = new PostgresSignals(
    () =>
      new pg.Client({
        connectionString: url,
        connectionTimeoutMillis: 10_000,
        application_name: 'hil waits',
      }),
  );
  return {
    db,
    place,
    signals,
    serialKey: 'bigint generated always as identity primary key',
    writing: (work) => db.transaction().execute(work),
    exclusively: (work) =>
      db.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(${layoutLock})`.execute(transaction);
        return work(transaction);
      }),
    async nowMs(connection) {
      const { rows } = await sql<{ ms: number }>`
        select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as ms`.execute(connection);
      return rows[0]!.ms;
    },
    async [Symbol.asyncDispose]() {
      await signals[Symbol.asyncDispose]();
      await db.destroy();
    },
  };
}

/** A URL as it may be shown and stored. */
export function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  parsed.search = '';
  return parsed.href;
}
