import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecordStore } from '../harness/store/history/open-record-store.ts';
import type { RecordStore } from '../harness/store/history/record-store.ts';
import { trialRecord } from '../harness/store/history/trial-record.ts';
import { findEarlierRuns } from '../reports/allure/earlier-runs.ts';
import { generateReport } from '../reports/allure/generate-report.ts';
import { writeHistoryFile } from '../reports/allure/history-file.ts';
import { newestResults } from '../reports/allure/newest-results.ts';
import { writeStoredResults } from '../reports/allure/write-stored-results.ts';
import type { BenchRow } from './bench-row.ts';

/** 2,000 cases, 30 earlier runs over three SDK stacks. HIL_BENCH_CASES and HIL_BENCH_RUNS make it smaller. */
const cases = Number(process.env['HIL_BENCH_CASES'] ?? 2000);
const runs = Number(process.env['HIL_BENCH_RUNS'] ?? 30);
const sdks = ['1.5.0', '1.6.1', '1.7.5'];

const idOf = (day: number) => `run-${String(day).padStart(4, '0')}`;
const startOf = (day: number) => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString();

async function fill(store: RecordStore): Promise<void> {
  for (let day = 0; day <= runs; day++) {
    await store.putRun({
      id: idOf(day),
      startedAt: startOf(day),
      harnessVersion: '0',
      command: 'bench',
      interrupted: false,
    });
    await store.addRecords(
      Array.from({ length: cases }, (_, index) => {
        const used = ((day * 31 + index * 17) % 97) / 95;
        return trialRecord({
          run: idOf(day),
          name: `net ${index % 40} › picture ${index}`,
          ...(used > 1 ? { verdict: 'failed', class: 'precision', reason: 'too far off' } : {}),
          used,
          maxAbsError: used / 50,
          target: { sdk: sdks[day % sdks.length]! },
          timings: { startedAt: startOf(day) },
        });
      }),
    );
  }
}

/** `hil report` of the newest run, step by step. There are no captures, hence no pictures but the trends. */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-report-'));
  const took: [string, number][] = [];
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    took.push([what, performance.now() - started]);
    return result;
  };
  try {
    await using store = await openRecordStore(join(folder, 'history.sqlite'), folder);
    await fill(store);
    const resultsFolder = join(folder, 'results');
    await mkdir(resultsFolder);
    const results = await timed('the run’s own records', async () => {
      const newest = await store.findRun('latest');
      return newestResults([{ run: newest, records: await store.recordsOf(newest.id) }]).results;
    });
    const earlier = await timed('reading the earlier runs', () => findEarlierRuns(store, results, runs));
    await timed('writing the results, trends drawn', () =>
      writeStoredResults({
        resultsFolder,
        root: folder,
        results,
        earlier,
        readCapture: () => Promise.resolve(undefined),
        folderOf: () => join(folder, 'none'),
      }),
    );
    const historyFile = join(folder, 'history.jsonl');
    await timed('writing Allure’s history', () => writeHistoryFile(historyFile, earlier.runs));
    const output = join(folder, 'report');
    await timed('Allure', () =>
      generateReport({ resultsFolders: [resultsFolder], output, name: 'bench', historyFile }),
    );
    const total = took.reduce((sum, [, ms]) => sum + ms, 0);
    const parts = took.map(([what, ms]) => `${what} ${(ms / 1000).toFixed(2)} s`).join(', ');
    return [
      {
        name: `report of ${cases} cases over ${runs} runs`,
        value: total / 1000,
        unit: 's',
        note: `${parts}; ${megabytes(await sizeOf(output))} of report, history file ${megabytes((await stat(historyFile)).size)}`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
