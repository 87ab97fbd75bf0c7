import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import type { Cancellable } from '../../harness/cancellable.ts';
import { HilError } from '../../harness/hil-error.ts';
import { knownIssuesOf } from './known-issues.ts';
import { type ReadResult, readResults } from './read-results.ts';
import { type ReportLook, reportConfig } from './report-config.ts';
import { environmentLabel, environmentsOf, type StackEnvironment } from './stack-environment.ts';
import { removeAnalytics } from './without-analytics.ts';

export interface GenerateReportOptions extends ReportLook, Cancellable {
  /** Absolute paths of folders with Allure results. */
  readonly resultsFolders: readonly string[];
  /** Absolute path of the folder for the report; what was in it is replaced. */
  readonly output: string;
}

/** Allure made no report. */
export class ReportGenerationError extends HilError {
  readonly code = 'HIL_REPORT_NOT_MADE';
  readonly owner = 'spec';
}

/**
 * Makes the HTML report with Allure 3, in a process of its own and without the network.
 *
 * @returns Path of the page to open.
 * @throws {ReportGenerationError} If a folder holds no results, or Allure fails.
 */
export async function generateReport({
  resultsFolders,
  output,
  signal,
  ...look
}: GenerateReportOptions): Promise<string> {
  for (const folder of resultsFolders) await requireResults(folder);
  const workFolder = await mkdtemp(join(tmpdir(), 'hil-report-'));
  try {
    const configFile = join(workFolder, 'allurerc.mjs');
    const results = await readResults(resultsFolders);
    const facts = { knownIssues: knownIssuesOf(results), environments: environmentsIn(results) };
    await writeFile(configFile, reportConfig(look, output, facts));
    await removeOldReport(output);
    const folders = resultsFolders.map(asPattern);
    await runAllure(
      ['generate', ...folders, '--config', configFile, '--cwd', workFolder],
      workFolder,
      signal,
    );
    const page = join(output, 'index.html');
    await removeAnalytics(page);
    return page;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

const environmentsIn = (results: readonly ReadResult[]): StackEnvironment[] =>
  environmentsOf(
    results.flatMap(({ labels }) =>
      labels.flatMap(({ name, value }) => (name === environmentLabel ? [value] : [])),
    ),
  );

async function requireResults(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new ReportGenerationError(`the folder of Allure results ${folder} cannot be read`, {
      hint: 'Run the cases first, with the Allure reporter on, or name the folder that holds the results.',
      cause: error,
    });
  });
  if (names.some((name) => name.endsWith('-result.json'))) return;
  throw new ReportGenerationError(
    `${folder} holds no Allure results (*-result.json), but ${names.length} other files`,
    {
      hint: 'Run the cases first, with the Allure reporter on, or name the folder that holds the results.',
    },
  );
}

/** Only what Allure made is removed, because a folder named by mistake may hold somebody's work. */
async function removeOldReport(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.length > 0 && !names.includes('summary.json')) {
    throw new ReportGenerationError(
      `${folder} holds files that are no Allure report, ${names[0]} among them`,
      {
        hint: 'Name a new or empty folder for the report.',
      },
    );
  }
  await rm(folder, { recursive: true, force: true });
}

/** Allure takes its folders for glob patterns (in which a backslash escapes nothing). */
const asPattern = (folder: string): string => folder.replace(/[*?()[\]]/g, '[$&]');

/** @param cwd - Allure leaves files of its own there. */
async function runAllure(
  commandLine: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  // The package exports its main file only; the program lies beside its folder.
  const cli = join(dirname(createRequire(import.meta.url).resolve('allure')), '..', 'cli.js');
  try {
    await promisify(execFile)(process.execPath, [cli, ...commandLine], {
      cwd,
      signal,
      maxBuffer: 16 * 2 ** 20,
    });
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    const said = stripVTControlCharacters(`${stderr}\n${stdout}`).trim();
    throw new ReportGenerationError(`Allure made no report: ${said.split('\n').slice(0, 5).join(' ')}`, {
      hint: 'Look at what Allure said; the results themselves are still there.',
      cause: error,
    });
  }
}
