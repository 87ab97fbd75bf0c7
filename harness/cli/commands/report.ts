import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type EarlierRuns, findEarlierRuns, noEarlierRuns } from '../../../reports/allure/earlier-runs.ts';
import { generateReport } from '../../../reports/allure/generate-report.ts';
import { writeHistoryFile } from '../../../reports/allure/history-file.ts';
import { newestResults, type ResultOfRun, type RunRecords } from '../../../reports/allure/newest-results.ts';
import { serveReport } from '../../../reports/allure/serve-report.ts';
import { writeStoredResults } from '../../../reports/allure/write-stored-results.ts';
import { HilError } from '../../hil-error.ts';
import { captureReader } from '../../pipeline/read-capture.ts';
import { loadProject, type Project } from '../../project/project.ts';
import type { RecordStore } from '../../store/history/record-store.ts';
import { FolderRuns, type KnownRun, type StoredRuns } from '../../store/history/folder-runs.ts';
import { runsFolder, UnknownRunError } from '../../store/run-folder.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { openWholeHistory } from '../open-history.ts';

export interface ReportOptions {
  /** Folder for the report. */
  readonly output?: string;
  /** The newest so many runs. */
  readonly last?: number;
  /** How many earlier runs trends and histories show at most. */
  readonly history: number;
  readonly open: boolean;
}

/** Runs and `--last` at once. */
export class ReportOptionError extends HilError {
  readonly code = 'HIL_REPORT_OPTION';
  readonly owner = 'spec';
}

/** `hil report`: the Allure report of stored runs, made offline and shown in the browser. */
export async function reportCommand(
  names: readonly string[],
  options: ReportOptions,
  io: Io,
): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const { runs, earlier, results, older } = await readRuns(project, names, options, io);
  const output = outputFolder(project, runs, options, io);
  const newest = runs[0]!.run.id;
  const title = runs.length === 1 ? newest : `${newest} and ${runs.length - 1} before`;
  io.stderr.write(`Making the report of ${title} ...\n`);
  if (older > 0) io.stderr.write(`${explainOlder(older)}\n`);
  const page = await makeReport(project, { results, earlier, output, title }, io);
  io.stdout.write(`Report: ${relative(io.cwd, page)}\n`);
  if (!options.open) return exitCodes.ok;

  await using server = await serveReport({ folder: output, open: io.stdout.isTTY === true });
  io.stdout.write(`Open ${server.url} in a browser; Ctrl-C ends the server.\n`);
  await aborted(io.signal);
  return exitCodes.ok;
}

interface ReadRuns {
  /** Newest first; at least one. */
  readonly runs: readonly RunRecords[];
  readonly results: readonly ResultOfRun[];
  readonly older: number;
  readonly earlier: EarlierRuns;
}

async function readRuns(
  project: Project,
  names: readonly string[],
  { last, history }: ReportOptions,
  io: Io,
): Promise<ReadRuns> {
  if (last !== undefined && names.length > 0) {
    throw new ReportOptionError(`--last ${last} and the run ${names[0]} are both given`, {
      hint: 'Name the runs, or say how many of the newest.',
    });
  }
  await using store = await openStore(project, io);
  const source = store ?? new FolderRuns(project.stateFolder);
  const chosen = last === undefined ? await findRuns(source, names) : await source.listRuns(last);
  const runs: RunRecords[] = [];
  for (const run of chosen) runs.push({ run, records: await source.recordsOf(run.id) });
  runs.sort((a, b) => (a.run.startedAt < b.run.startedAt ? 1 : -1));
  const { results, older } = newestResults(runs);
  if (results.length === 0) {
    const which = runs.map(({ run }) => run.id).join(', ');
    throw new UnknownRunError(which === '' ? 'there are no runs' : `${which}: no case has ended in it`, {
      hint: 'Start one with `npx hil run`, or name another: `npx hil runs` lists them.',
    });
  }
  const earlier = history === 0 ? noEarlierRuns : await findEarlierRuns(source, results, history);
  return { runs, results, older, earlier };
}

/** Runs by name, each once. */
async function findRuns(source: StoredRuns, names: readonly string[]): Promise<KnownRun[]> {
  const runs = new Map<string, KnownRun>();
  for (const name of names.length === 0 ? ['latest'] : names) {
    const run = await source.findRun(name);
    runs.set(run.id, run);
  }
  return [...runs.values()];
}

/** A report of what lies in the run folders is better than none: a server that is down costs only the runs elsewhere. */
async function openStore(project: Project, io: Io): Promise<RecordStore | undefined> {
  try {
    return await openWholeHistory(project, io);
  } catch (error) {
    if (!(error instanceof HilError) || error.owner !== 'lab') throw error;
    io.stderr.write(
      `The history cannot be read: ${error.message}. Only the runs in ${runsFolder(project.stateFolder)} are known.\n`,
    );
    return undefined;
  }
}

/** The report of one run lies in its folder; that of several, or of a run whose folder is gone, beside the runs. */
function outputFolder(
  project: Project,
  runs: readonly RunRecords[],
  { output }: ReportOptions,
  io: Io,
): string {
  if (output !== undefined) return resolve(io.cwd, output);
  const [only, another] = runs;
  const folder = join(runsFolder(project.stateFolder), only!.run.id);
  return another === undefined && existsSync(folder)
    ? join(folder, 'report')
    : join(project.stateFolder, 'report');
}

async function makeReport(
  project: Project,
  {
    results,
    earlier,
    output,
    title,
  }: Pick<ReadRuns, 'results' | 'earlier'> & { output: string; title: string },
  io: Io,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hil-results-'));
  try {
    const resultsFolder = join(folder, 'results');
    await mkdir(resultsFolder);
    const { capturesGone } = await writeStoredResults({
      resultsFolder,
      root: project.root,
      results,
      earlier,
      readCapture: captureReader(project),
      folderOf: ({ id }) => join(runsFolder(project.stateFolder), id, 'allure-results'),
    });
    if (capturesGone > 0) {
      io.stderr.write(
        `${count(capturesGone, 'result')} without pictures: what the boards answered is not kept any more.\n`,
      );
    }
    const historyFile = join(folder, 'history.jsonl');
    await writeHistoryFile(historyFile, earlier.runs);
    return await generateReport({
      resultsFolders: [resultsFolder],
      output,
      name: `hil ${title}`,
      historyFile,
      signal: io.signal,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const explainOlder = (older: number): string =>
  older === 1
    ? '1 result of these runs is not the newest of its test: the history of that test shows it.'
    : `${older} results of these runs are not the newest of their tests: the histories of those tests show them.`;

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
