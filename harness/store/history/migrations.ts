import { sql, type Kysely } from 'kysely';
import { HilError } from '../../hil-error.ts';
import type { Database, Tables } from './database.ts';

/** A newer harness has written the store. */
export class StoreTooNewError extends HilError {
  readonly code = 'HIL_STORE_TOO_NEW';
  readonly owner = 'lab';

  constructor(place: string, found: number) {
    super(`the history in ${place} has the layout ${found}, this harness knows up to ${migrations.length}`, {
      hint: 'Update the harness here, or give it a store of its own with `history` in hil.config.yaml.',
    });
  }
}

type Migration = (db: Kysely<Tables>, serialKey: string) => Promise<void>;

/** Never changed once released: what must change is a further one. */
const migrations: readonly Migration[] = [
  async (db, serialKey) => {
    await sql`create table runs (
      id text primary key,
      started_at text not null,
      ended_at text,
      harness_version text not null,
      command text not null,
      git_commit text,
      git_dirty smallint,
      ci_url text,
      host text,
      interrupted smallint not null
    )`.execute(db);
    await sql`create index runs_by_time on runs (started_at)`.execute(db);
    await sql`create table records (
      id ${sql.raw(serialKey)},
      run_id text not null references runs (id) on delete cascade,
      case_name text not null,
      board text not null,
      sdk text not null,
      simulated smallint not null,
      format text not null,
      started_at text not null,
      verdict text not null,
      class text,
      marginal smallint not null,
      used double precision,
      max_abs_error double precision,
      cosine double precision,
      kl double precision,
      margin_change double precision,
      golden_margin double precision,
      top1_agrees smallint,
      npu_time_us double precision,
      error_code text,
      golden_id text,
      board_model_hash text,
      record text not null,
      unique (run_id, case_name, board, sdk)
    )`.execute(db);
    await sql`create index records_by_case on records (simulated, case_name, started_at)`.execute(db);
    await sql`create index records_by_stack on records (simulated, sdk, case_name, board, started_at)`.execute(
      db,
    );
    await sql`create table board_leases (
      board text primary key,
      holder text,
      fence bigint not null,
      expires_ms bigint not null
    )`.execute(db);
  },
];

/** Brings a store to the layout that this harness knows; several processes may try at once. */
export async function migrate(database: Database): Promise<void> {
  if ((await layoutOf(database.db)) === migrations.length) return;
  await database.exclusively(async (db) => {
    await sql`create table if not exists hil_layout (version integer not null)`.execute(db);
    const found = await layoutOf(db);
    if (found > migrations.length) throw new StoreTooNewError(database.place, found);
    for (const migration of migrations.slice(found)) await migration(db, database.serialKey);
    await sql`delete from hil_layout`.execute(db);
    await sql`insert into hil_layout (version) values (${migrations.length})`.execute(db);
  });
}

async function layoutOf(db: Kysely<Tables>): Promise<number> {
  const tables = await db.introspection.getTables();
  if (!tables.some(({ name }) => name === 'hil_layout')) return 0;
  const { rows } = await sql<{ version: number }>`select version from hil_layout`.execute(db);
  return rows[0]?.version ?? 0;
}
