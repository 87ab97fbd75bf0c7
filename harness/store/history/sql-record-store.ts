import { type Kysely, type Selectable, sql } from 'kysely';
import { InternalError } from '../../hil-error.ts';
import { parseRecordText } from '../record-journal.ts';
import type { CaseRecord, Verdict, VerdictClass } from '../record.ts';
import { UnknownRunError } from '../run-folder.ts';
import type { BoardLeases } from './board-leases.ts';
import type { Database, RecordsTable, RunsTable, Tables } from './database.ts';
import { migrate } from './migrations.ts';
import { PostgresBoardLeases } from './postgres-board-leases.ts';
import type {
  EvidenceQuery,
  HistoryPoint,
  HistoryQuery,
  PruneQuery,
  RecordStore,
  RunLine,
  StoredRun,
  VerdictCounts,
} from './record-store.ts';
import { rowOfRecord } from './row-of-record.ts';
import { SqlBoardLeases } from './sql-board-leases.ts';

/** Records of one statement: both engines limit the number of its parameters. */
const chunk = 200;

const pointColumns = [
  'run_id',
  'case_name',
  'board',
  'sdk',
  'simulated',
  'format',
  'started_at',
  'verdict',
  'class',
  'marginal',
  'used',
  'max_abs_error',
  'cosine',
  'kl',
  'margin_change',
  'golden_margin',
  'top1_agrees',
  'npu_time_us',
  'error_code',
  'golden_id',
  'board_model_hash',
] as const;

/** The history in an SQL database; the two engines differ only in what {@link Database} has. */
export class SqlRecordStore implements RecordStore {
  readonly leases: BoardLeases;
  readonly #database: Database;
  readonly #db: Kysely<Tables>;

  private constructor(database: Database) {
    this.#database = database;
    this.#db = database.db;
    const { signals } = database;
    this.leases = signals ? new PostgresBoardLeases(database, signals) : new SqlBoardLeases(database);
  }

  /** Takes over the database, and brings it up to date. */
  static async on(database: Database): Promise<SqlRecordStore> {
    try {
      await migrate(database);
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
    return new SqlRecordStore(database);
  }

  get place(): string {
    return this.#database.place;
  }

  async putRun(run: StoredRun): Promise<void> {
    const row = rowOfRun(run);
    const { id: _, ...changes } = row;
    await this.#database.writing((db) =>
      db
        .insertInto('runs')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
        .execute(),
    );
  }

  async addRecords(records: readonly CaseRecord[]): Promise<{ added: number }> {
    if (records.length === 0) return { added: 0 };
    return this.#database.writing(async (db) => {
      let added = 0;
      for (let start = 0; start < records.length; start += chunk) {
        const rows = records.slice(start, start + chunk).map(rowOfRecord);
        const [result] = await db
          .insertInto('records')
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        added += Number(result?.numInsertedOrUpdatedRows ?? 0n);
      }
      return { added };
    });
  }

  async listRuns(limit: number): Promise<readonly RunLine[]> {
    const runs = await this.#db
      .selectFrom('runs')
      .selectAll()
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return this.#withCounts(runs);
  }

  async findRun(name: string): Promise<RunLine> {
    const runs =
      name === 'latest'
        ? await this.#db
            .selectFrom('runs')
            .selectAll()
            .orderBy('started_at', 'desc')
            .orderBy('id', 'desc')
            .limit(1)
            .execute()
        : await this.#db
            .selectFrom('runs')
            .selectAll()
            .where('id', '>=', name)
            .where('id', '<', `${name}\u{10ffff}`)
            .limit(2)
            .execute();
    const exact = runs.find(({ id }) => id === name);
    const [match, another] = exact ? [exact] : runs;
    if (match && !another) return (await this.#withCounts([match]))[0]!;
    throw new UnknownRunError(
      match
        ? `${name} is the beginning of several runs in ${this.place}`
        : `there is no run ${name} in ${this.place}`,
      { hint: 'List the runs with `npx hil runs`; `latest` names the newest.' },
    );
  }

  async recordsOf(run: string): Promise<readonly CaseRecord[]> {
    const rows = await this.#db
      .selectFrom('records')
      .select('record')
      .where('run_id', '=', run)
      .orderBy('id')
      .execute();
    return rows.map(({ record }) => parseRecord(record));
  }

  async history(query: HistoryQuery): Promise<readonly HistoryPoint[]> {
    const { simulated, case: name, board, sdk, since, limit = 1000 } = query;
    const narrowed = [
      sql`simulated = ${Number(simulated)}`,
      ...(name === undefined ? [] : [sql`case_name = ${name}`]),
      ...(board === undefined ? [] : [sql`board = ${board}`]),
      ...(sdk === undefined ? [] : [sql`sdk = ${sdk}`]),
      ...(since === undefined ? [] : [sql`started_at >= ${since}`]),
    ];
    const { rows } = await sql<PointRow>`
      select ${sql.raw(pointColumns.join(', '))} from records
      where ${sql.join(narrowed, sql` and `)} order by started_at desc limit ${limit}`.execute(this.#db);
    return rows.map(pointOf).reverse();
  }

  async caseNames(containing: string, simulated: boolean): Promise<readonly string[]> {
    const pattern = `%${containing.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    // One step through the index for each name, however many records a name has.
    const { rows } = await sql<{ case_name: string }>`
      with recursive names (case_name) as (
        select min(case_name) from records where simulated = ${Number(simulated)}
        union all
        select (select min(case_name) from records where simulated = ${Number(simulated)} and case_name > names.case_name)
        from names where names.case_name is not null
      )
      select case_name from names
      where case_name is not null and case_name like ${pattern} escape '\\'`.execute(this.#db);
    return rows.map(({ case_name: name }) => name);
  }

  async evidence({ sdk, simulated, board, since = '' }: EvidenceQuery): Promise<readonly CaseRecord[]> {
    const stack = sql`simulated = ${Number(simulated)} and sdk = ${sdk}`;
    // From one case and board to the next through the index, and one look for the newest of each: the cost grows with
    // the number of cases, not with the length of their history.
    const { rows } = await sql<{ record: string }>`
      with recursive pairs (case_name, board) as (
        select * from (
          select case_name, board from records where ${stack} order by case_name, board limit 1
        ) as first
        union all
        select next.case_name, next.board from pairs join records as next on next.id = (
          select id from records
          where ${stack} and (case_name, board) > (pairs.case_name, pairs.board)
          order by case_name, board limit 1
        )
      )
      select newest.record from pairs join records as newest on newest.id = (
        select id from records
        where ${stack} and case_name = pairs.case_name and board = pairs.board
          and verdict in ('passed', 'failed') and started_at >= ${since}
        order by started_at desc, id desc limit 1
      )
      where ${board === undefined ? sql`true` : sql`pairs.board = ${board}`}
      order by pairs.case_name, pairs.board`.execute(this.#db);
    return rows.map(({ record }) => parseRecord(record));
  }

  prune({ before, keep }: PruneQuery): Promise<readonly string[]> {
    return this.#database.writing(async (db) => {
      const old = await db
        .selectFrom('runs')
        .select(['id', 'started_at'])
        .orderBy('started_at', 'desc')
        .orderBy('id', 'desc')
        .offset(keep)
        // SQLite takes an offset only with a limit.
        .limit(2 ** 31)
        .execute();
      const ids = old.filter(({ started_at: startedAt }) => startedAt < before).map(({ id }) => id);
      for (let start = 0; start < ids.length; start += chunk) {
        await db
          .deleteFrom('runs')
          .where('id', 'in', ids.slice(start, start + chunk))
          .execute();
      }
      return ids;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }

  async #withCounts(runs: readonly Selectable<RunsTable>[]): Promise<RunLine[]> {
    if (runs.length === 0) return [];
    const groups = await this.#db
      .selectFrom('records')
      .select(['run_id', 'verdict', 'sdk', 'board', 'simulated', 'marginal'])
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where(
        'run_id',
        'in',
        runs.map(({ id }) => id),
      )
      .groupBy(['run_id', 'verdict', 'sdk', 'board', 'simulated', 'marginal'])
      .execute();
    return runs.map((run) => {
      const own = groups.filter(({ run_id: id }) => id === run.id);
      return {
        ...storedRunOf(run),
        counts: countVerdicts(own),
        marginal: own.reduce((sum, { marginal, count }) => sum + (marginal ? count : 0), 0),
        sdks: distinct(own.map(({ sdk }) => sdk)),
        boards: distinct(own.map(({ board }) => board)),
        simulated: own.some(({ simulated }) => simulated === 1),
      };
    });
  }
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();

function countVerdicts(groups: readonly { verdict: string; count: number }[]): VerdictCounts {
  const counts = { passed: 0, failed: 0, broken: 0, skipped: 0, unknown: 0 };
  for (const { verdict, count } of groups) counts[verdict as Verdict] += count;
  return counts;
}

const rowOfRun = (run: StoredRun): RunsTable => ({
  id: run.id,
  started_at: run.startedAt,
  ended_at: run.endedAt ?? null,
  harness_version: run.harnessVersion,
  command: run.command,
  git_commit: run.gitCommit ?? null,
  git_dirty: run.gitDirty === undefined ? null : Number(run.gitDirty),
  ci_url: run.ciUrl ?? null,
  host: run.host ?? null,
  interrupted: Number(run.interrupted),
});

const storedRunOf = (row: Selectable<RunsTable>): StoredRun => ({
  id: row.id,
  startedAt: row.started_at,
  endedAt: row.ended_at ?? undefined,
  harnessVersion: row.harness_version,
  command: row.command,
  gitCommit: row.git_commit ?? undefined,
  gitDirty: truth(row.git_dirty),
  ciUrl: row.ci_url ?? undefined,
  host: row.host ?? undefined,
  interrupted: row.interrupted === 1,
});

type PointRow = Pick<Selectable<RecordsTable>, (typeof pointColumns)[number]>;

const pointOf = (row: PointRow): HistoryPoint => ({
  run: row.run_id,
  case: row.case_name,
  board: row.board,
  sdk: row.sdk,
  simulated: row.simulated === 1,
  format: row.format,
  startedAt: row.started_at,
  verdict: row.verdict as Verdict,
  class: (row.class as VerdictClass | null) ?? undefined,
  marginal: row.marginal === 1,
  used: row.used ?? undefined,
  maxAbsError: row.max_abs_error ?? undefined,
  cosine: row.cosine ?? undefined,
  kl: row.kl ?? undefined,
  marginChange: row.margin_change ?? undefined,
  goldenMargin: row.golden_margin ?? undefined,
  top1Agrees: truth(row.top1_agrees),
  npuTimeUs: row.npu_time_us ?? undefined,
  errorCode: row.error_code ?? undefined,
  goldenId: row.golden_id ?? undefined,
  boardModelHash: row.board_model_hash ?? undefined,
});

const truth = (value: number | null): boolean | undefined => (value === null ? undefined : value === 1);

function parseRecord(text: string): CaseRecord {
  try {
    return parseRecordText(text);
  } catch (cause) {
    throw new InternalError('a record in the history is no JSON', cause);
  }
}
