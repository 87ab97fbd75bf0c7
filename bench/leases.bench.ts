import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRecordStore } from '../harness/store/history/open-record-store.ts';
import { postgresPrograms, startPostgres } from '../harness/store/history/postgres-server.ts';
import type { BenchRow } from './bench-row.ts';
import type { Contender, ContenderReport, ContenderSpan } from './lease-contender.ts';

const contenders = 32;
const boards = 8;
const seconds = Number(process.env['HIL_BENCH_SECONDS'] ?? 120);

/** Many processes that want few boards: never two on one, and boards that are seldom idle while somebody waits. */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-leases-'));
  try {
    const rows = await contend('SQLite', `sqlite:${join(folder, 'history.sqlite')}`, join(folder, 'sqlite'));
    const programs = postgresPrograms();
    if (programs === undefined) return rows;
    await using server = await startPostgres(programs);
    return [...rows, ...(await contend('PostgreSQL', server.url, join(folder, 'postgres')))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function contend(engine: string, url: string, witness: string): Promise<BenchRow[]> {
  mkdirSync(witness);
  await (await openRecordStore(url, '/'))[Symbol.asyncDispose]();
  const names = Array.from({ length: boards }, (_, index) => `board-${index}`);
  const program = fileURLToPath(new URL('lease-contender.js', import.meta.url));
  const children = Array.from({ length: contenders }, () => fork(program));
  await Promise.all(children.map(nextMessage));
  // Opening 32 connections on a small machine takes seconds; no board is waited for meanwhile.
  await Promise.all(
    children.map((child, seed) => {
      const opened = nextMessage(child);
      child.send({ url, witness, boards: names, seed } satisfies Contender);
      return opened;
    }),
  );
  const startAt = Date.now() + 500;
  const span: ContenderSpan = { startAt, endAt: startAt + seconds * 1000 };
  const reports = await Promise.all(
    children.map((child) => {
      const report = nextMessage(child) as Promise<ContenderReport>;
      child.send(span);
      return report;
    }),
  );
  const heldMs = reports.reduce((sum, report) => sum + report.heldMs, 0);
  const leases = reports.reduce((sum, report) => sum + report.leases, 0);
  const doubles = reports.reduce((sum, report) => sum + report.doubles, 0);
  return [
    {
      name: `${engine}: share of time that ${boards} boards are busy, ${contenders} processes waiting, ${seconds} s`,
      value: (100 * heldMs) / (boards * seconds * 1000),
      unit: '%',
      aim: 'over 95 %, and no board used twice at once',
      note: `${leases} leases of 0.2 to 0.8 s; double use, seen by lock files beside: ${doubles}`,
    },
  ];
}

const nextMessage = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a contender ended with ${code}`)));
  });
