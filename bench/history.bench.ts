import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { Pool } from 'pg';
import { openRecordStore } from '../harness/store/history/open-record-store.ts';
import { postgresPrograms, startPostgres } from '../harness/store/history/postgres-server.ts';
import type { RecordStore } from '../harness/store/history/record-store.ts';
import { rowOfRecord } from '../harness/store/history/row-of-record.ts';
import { trialRecord } from '../harness/store/history/trial-record.ts';
import { decodeNumber } from '../harness/store/record-journal.ts';
import type { CaseRecord } from '../harness/store/record.ts';
import type { BenchRow } from './bench-row.ts';
import { median } from './median.ts';

/** 2,000 cases on one board, run 500 times over three SDK stacks: 1 M records. HIL_BENCH_RUNS makes it shorter. */
const cases = 2000;
const runs = Number(process.env['HIL_BENCH_RUNS'] ?? 500);
const sdks = ['1.5.0', '1.6.1', '1.7.5'];
const rounds = 15;

/** SQL through the bare driver, as somebody would write it by hand for these very questions. */
interface BareDriver {
  insert(records: readonly CaseRecord[]): Promise<void>;
  history(name: string): Promise<unknown[]>;
  evidence(sdk: string): Promise<CaseRecord[]>;
  close(): Promise<void>;
}

const historySql = (parameter: string) => `
  select run_id, case_name, board, sdk, simulated, format, started_at, verdict, class, marginal, used, max_abs_error,
    cosine, kl, margin_change, golden_margin, top1_agrees, npu_time_us, error_code, golden_id, board_model_hash
  from records where simulated = 1 and case_name = ${parameter} order by started_at desc limit 1000`;

const evidenceSql = (parameter: string) => `
  select record from (
    select record, row_number() over (partition by case_name, board order by started_at desc) as age
    from records where simulated = 1 and sdk = ${parameter} and verdict in ('passed', 'failed')
  ) as judged where age = 1`;

const parse = (rows: readonly { record: string }[]): CaseRecord[] =>
  rows.map(({ record }) => JSON.parse(record, decodeNumber) as CaseRecord);

function bareSqlite(path: string): BareDriver {
  const db = new BetterSqlite(path);
  return {
    insert(records) {
      const rows = records.map(rowOfRecord);
      const columns = Object.keys(rows[0]!);
      const statement = db.prepare(
        `insert into records (${columns.join(', ')}) values (${columns.map((name) => `@${name}`).join(', ')})`,
      );
      db.transaction(() => {
        for (const row of rows) statement.run(row);
      })();
      return Promise.resolve();
    },
    history: (name) => Promise.resolve(db.prepare(historySql('?')).all(name)),
    evidence: (sdk) => Promise.resolve(parse(db.prepare(evidenceSql('?')).all(sdk) as { record: string }[])),
    close: () => Promise.resolve(void db.close()),
  };
}

function barePostgres(url: string): BareDriver {
  const pool = new Pool({ connectionString: url, max: 1 });
  // The server ends before the last connection has closed.
  pool.on('error', () => undefined);
  return {
    async insert(records) {
      await pool.query('begin');
      for (let start = 0; start < records.length; start += 200) {
        const rows = records.slice(start, start + 200).map((record) => Object.entries(rowOfRecord(record)));
        const columns = rows[0]!.map(([name]) => name);
        const places = rows.map(
          (_, row) => `(${columns.map((__, column) => `$${row * columns.length + column + 1}`).join(', ')})`,
        );
        await pool.query(
          `insert into records (${columns.join(', ')}) values ${places.join(', ')}`,
          rows.flatMap((row) => row.map(([, value]) => value)),
        );
      }
      await pool.query('commit');
    },
    history: async (name) => (await pool.query<object>(historySql('$1'), [name])).rows,
    evidence: async (sdk) => parse((await pool.query<{ record: string }>(evidenceSql('$1'), [sdk])).rows),
    close: () => pool.end(),
  };
}

const dayOf = (night: number) => new Date(Date.UTC(2025, 0, 1) + night * 86_400_000).toISOString();

const recordsOf = (night: number): CaseRecord[] =>
  Array.from({ length: cases }, (_, index) =>
    trialRecord({
      run: `run-${night}`,
      name: `net ${index % 40} › picture ${index}`,
      used: ((night * 31 + index * 17) % 97) / 100,
      maxAbsError: ((night * 7 + index * 13) % 89) / 10_000,
      target: { sdk: sdks[night % sdks.length]! },
      timings: { startedAt: dayOf(night) },
    }),
  );

const putRun = (store: RecordStore, night: number) =>
  store.putRun({
    id: `run-${night}`,
    startedAt: dayOf(night),
    harnessVersion: '0',
    command: 'bench',
    interrupted: false,
  });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function measure(engine: string, url: string, bare: () => BareDriver): Promise<BenchRow[]> {
  await using store = await openRecordStore(url, '/');
  const driver = bare();
  try {
    const insertMs = { ours: [] as number[], bare: [] as number[] };
    for (let night = 0; night < runs; night++) {
      await putRun(store, night);
      const records = recordsOf(night);
      // Every tenth run is written by the bare driver: both meet the same growing tables.
      if (night % 10 === 9) insertMs.bare.push(await timed(() => driver.insert(records)));
      else insertMs.ours.push(await timed(() => store.addRecords(records)));
    }
    const history = await inTurn(
      (round) => store.history({ simulated: true, case: nameOf(round) }),
      (round) => driver.history(nameOf(round)),
    );
    const sdk = sdks[1]!;
    const evidence = await inTurn(
      () => store.evidence({ sdk, simulated: true }),
      () => driver.evidence(sdk),
    );
    const total = `${((cases * runs) / 1e6).toFixed(2)} M records`;
    const row = (name: string, ours: number, theirs: number, aim?: string): BenchRow => ({
      name: `${engine}: ${name}`,
      value: ours,
      unit: 'ms',
      peer: 'by hand through the bare driver',
      peerValue: theirs,
      ratio: ours / theirs,
      ...(aim === undefined ? {} : { aim }),
    });
    const aim = 'ratio at most 1.3';
    return [
      row(
        `adding a run of ${cases} records, ${total} in the end`,
        median(insertMs.ours),
        median(insertMs.bare),
      ),
      row(`history of one case among ${total}`, history.ours, history.bare, aim),
      row(`evidence of one SDK (${cases} cases) among ${total}`, evidence.ours, evidence.bare, aim),
    ];
  } finally {
    await driver.close();
  }
}

const nameOf = (round: number) => `net ${(round * 7) % 40} › picture ${(round * 7) % 40}`;

async function inTurn(
  ours: (round: number) => Promise<unknown>,
  bare: (round: number) => Promise<unknown>,
): Promise<{ ours: number; bare: number }> {
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    // Who asks first reads the pages from the file for both: nobody is measured by that.
    await bare(round);
    times.ours.push(await timed(() => ours(round)));
    times.bare.push(await timed(() => bare(round)));
  }
  return { ours: median(times.ours), bare: median(times.bare) };
}

/** The history of a large farm: what our port costs over SQL by hand. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-history-'));
  try {
    const path = join(folder, 'history.sqlite');
    rows.push(...(await measure('SQLite', path, () => bareSqlite(path))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const programs = postgresPrograms();
  if (programs === undefined) {
    return [
      ...rows,
      { name: 'PostgreSQL: its programs are not installed; runs measured', value: 0, unit: '' },
    ];
  }
  await using server = await startPostgres(programs);
  rows.push(...(await measure('PostgreSQL', server.url, () => barePostgres(server.url))));
  return rows;
}
