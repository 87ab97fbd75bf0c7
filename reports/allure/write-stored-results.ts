import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ReporterRuntime } from 'allure-js-commons/sdk/reporter';
import type { ReadCapture } from '../../harness/store/capture-view.ts';
import { writeDurably } from '../../harness/store/durable-file.ts';
import type { KnownRun } from '../../harness/store/history/folder-runs.ts';
import { categories } from './categories.ts';
import type { EarlierRuns } from './earlier-runs.ts';
import { environmentOfRuns, executorOfRun } from './environment.ts';
import type { ResultOfRun } from './newest-results.ts';
import { pastOf } from './past.ts';
import { ResultsWriter } from './results-writer.ts';
import { captureGone, readCaptureOf, writeCase } from './write-case.ts';

export interface StoredResultsOptions {
  /** Absolute path of an empty folder. */
  readonly resultsFolder: string;
  /** Absolute path of the project's root. */
  readonly root: string;
  /** Newest run first; at least one. */
  readonly results: readonly ResultOfRun[];
  readonly earlier: EarlierRuns;
  readonly readCapture: ReadCapture;
  /** Where a run has left its own Allure results; they may be gone. */
  readonly folderOf: (run: KnownRun) => string;
}

/**
 * Writes Allure results of stored runs: from the records, with the charts of the captures that are still there, and with
 * what earlier runs say. What a run has told of itself as a whole (errors outside of cases, its executor) is taken over
 * from its own results.
 *
 * @returns How many results have no charts because their captures are gone.
 */
export async function writeStoredResults({
  resultsFolder,
  root,
  results,
  earlier,
  readCapture,
  folderOf,
}: StoredResultsOptions): Promise<{ capturesGone: number }> {
  const runtime = new ReporterRuntime({
    writer: new ResultsWriter(resultsFolder),
    categories: [...categories],
    environmentInfo: environmentOfRuns(results),
  });
  runtime.writeCategoriesDefinitions();
  runtime.writeEnvironmentInfo();
  await writeRunFacts(resultsFolder, results, folderOf);
  const past = pastOf(results, earlier);
  let capturesGone = 0;
  for (const result of results) {
    const { record } = result;
    const capture = await readCaptureOf(record, readCapture);
    if (captureGone(record, capture)) capturesGone++;
    await writeCase(runtime, record, { root, capture, past: past(result) });
  }
  return { capturesGone };
}

async function writeRunFacts(
  resultsFolder: string,
  results: readonly ResultOfRun[],
  folderOf: (run: KnownRun) => string,
): Promise<void> {
  const runs = [...new Map(results.map(({ run }) => [run.id, run])).values()];
  for (const run of runs) {
    const own = await readdir(folderOf(run)).catch((): string[] => []);
    const wanted = own.filter((name) => name.endsWith('-globals.json') || isWholeRunFact(name, run, runs));
    await Promise.all(wanted.map((name) => copyFile(join(folderOf(run), name), join(resultsFolder, name))));
    if (run === runs[0] && !wanted.includes('executor.json')) {
      await writeDurably(join(resultsFolder, 'executor.json'), JSON.stringify(executorOfRun(run)));
    }
  }
}

/** One run's environment is told best by itself; that of several is put together. */
const isWholeRunFact = (name: string, run: KnownRun, runs: readonly KnownRun[]): boolean =>
  (name === 'executor.json' && run === runs[0]) || (name === 'environment.properties' && runs.length === 1);
