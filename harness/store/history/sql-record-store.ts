import { type Kysely, type Selectable, sql } from 'kysely';
import { InternalError } from '../../hil-error.ts';
import { decodeNumber } from '../record-journal.ts';
import type { CaseRecord, Verdict, VerdictClass } from '../record.ts';
import { UnknownRunError } from '../run-folder.ts';
import type { Database, RecordsTable, RunsTable, Tables } from './database.ts';
import { migrate } from './migrations.ts';
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
  readonly leases: SqlBoardLeases;
  readonly #database: Database;
  readonly #db: Kysely<Tables>;

  private constructor(database: Database) {
    this.#database = database;
    this.#db = database.db;
    this.leases = new SqlBoardLeases(database);
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
    let select = this.#db
      .selectFrom('records')
      .select(pointColumns)
      .where('simulated', '=', Number(simulated));
    if (name !== undefined) select = select.where('case_name', '=', name);
    if (board !== undefined) select = select.where('board', '=', board);
    if (sdk !== undefined) select = select.where('sdk', '=', sdk);
    if (since !== undefined) select = select.where('started_at', '>=', since);
    const rows = await select.orderBy('started_at', 'desc').limit(limit).execute();
    return rows.reverse().map(pointOf);
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

  async evidence({ sdk, simulated, board, since }: EvidenceQuery): Promise<readonly CaseRecord[]> {
    let judged = this.#db
      .selectFrom('records')
      .select(['id', 'case_name', 'board'])
      .select(
        sql<number>`row_number() over (partition by case_name, board order by started_at desc, id desc)`.as(
          'age',
        ),
      )
      .where('simulated', '=', Number(simulated))
      .where('sdk', '=', sdk)
      .where('verdict', 'in', ['passed', 'failed']);
    if (board !== undefined) judged = judged.where('board', '=', board);
    if (since !== undefined) judged = judged.where('started_at', '>=', since);
    const rows = await this.#db
      .with('judged', () => judged)
      .selectFrom('judged')
      .innerJoin('records', 'records.id', 'judged.id')
      .select('records.record')
      .where('judged.age', '=', 1)
      .orderBy('judged.case_name')
      .orderBy('judged.board')
      .execute();
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

const pointOf = (row: Pick<Selectable<RecordsTable>, (typeof pointColumns)[number]>): HistoryPoint => ({
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
    return JSON.parse(text, decodeNumber) as CaseRecord;
  } catch (cause) {
    throw new InternalError('a record in the history is no JSON', cause);
  }
}
