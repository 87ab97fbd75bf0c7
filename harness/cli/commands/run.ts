import { writeFile } from 'node:fs/promises';
import { resolve, join, relative } from 'node:path';
import { consoleReporter } from '../../../reports/console/console-reporter.ts';
import { githubReporter } from '../../../reports/github/github-reporter.ts';
import { checkSpecs } from '../../inspect/against-spec/check-specs.ts';
import { backgroundReporter } from '../../pipeline/background-reporter.ts';
import { planCases } from '../../pipeline/plan-cases.ts';
import type { ExplainWhen } from '../../project/config.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { originOf } from '../../store/history/run-provenance.ts';
import { encodeNumber } from '../../store/record-journal.ts';
import { boardsOf } from '../../vitest/boards.ts';
import { importSpecModule } from '../../vitest/import-spec-module.ts';
import { prepareRun } from '../../vitest/prepare-run.ts';
import { startVitest } from '../../vitest/start-vitest.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { convertFor } from '../convert-for.ts';
import { openHistory } from '../open-history.ts';
import { exitCodeOf } from '../exit-code-of.ts';
import { planJson } from '../plan-json.ts';
import { printPlan } from '../print-plan.ts';
import { warnAboutModels } from '../warn-about-models.ts';

export interface RunOptions {
  readonly name?: RegExp;
  readonly tag?: readonly string[];
  readonly board?: string;
  /** Several are a matrix. */
  readonly sdk?: readonly string[];
  readonly ci?: true;
  readonly repeat?: number;
  readonly retry?: number;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly bail?: number | true;
  readonly workers?: number;
  readonly watch?: true;
  readonly reporter?: readonly string[];
  readonly updateGolden?: true;
  readonly explain?: ExplainWhen;
  readonly dryRun?: true;
  readonly json?: string | true;
  readonly allure?: string;
  readonly junit?: string;
}

/** `hil run`: plans everything first, so that a wrong spec touches nothing; then runs and reports. */
export async function runCommand(words: readonly string[], options: RunOptions, io: Io): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const env = options.ci ? { ...io.env, CI: io.env['CI'] || '1' } : io.env;
  const { sdk, matrix } = stacksOf(options.sdk, project);
  const chosen = await planCases(
    project,
    boardsOf(project),
    {
      cwd: io.cwd,
      words,
      namePattern: options.name,
      tags: options.tag,
      shard: options.shard,
      board: options.board,
      sdk,
      sdks: matrix,
    },
    importSpecModule,
  );
  if (chosen.length === 0 && options.shard) {
    const { index, count } = options.shard;
    io.stderr.write(`shard ${index}/${count} holds none of the cases: there are fewer than ${count}\n`);
  }
  const jsonToStdout = options.json === true;
  const writeJson = async (value: unknown): Promise<void> => {
    const text = `${JSON.stringify(value, encodeNumber, 2)}\n`;
    if (options.json === true) io.stdout.write(text);
    else if (options.json !== undefined) await writeFile(resolve(io.cwd, options.json), text);
  };
  if (options.dryRun) {
    warnAboutModels(await checkSpecs(chosen), io);
    await writeJson(planJson(chosen, project, options.repeat));
    if (!jsonToStdout) printPlan(chosen, project, io);
    return exitCodes.ok;
  }
  const planned = await convertFor(chosen, project, { ...io, env });
  if (planned === undefined) return exitCodes.interrupted;
  warnAboutModels(await checkSpecs(planned), io);

  const prepared = prepareRun(project, {
    board: options.board,
    sdk,
    matrix,
    repeats: options.repeat,
    retries: options.retry,
    updateGolden: options.updateGolden ?? false,
    explain: options.explain,
    planned,
    command: ['hil run', ...words].join(' '),
    origin: await originOf(project.root, io.env),
  });
  const { folder } = prepared.plan;
  const paths = {
    allureResults:
      options.allure === undefined ? join(folder, 'allure-results') : resolve(io.cwd, options.allure),
    junitFile: options.junit === undefined ? join(folder, 'junit.xml') : resolve(io.cwd, options.junit),
    captures: join(folder, 'cases'),
  };
  const run = await startVitest({
    prepared,
    // The console comes last: then the others' files are there, and their trouble is known.
    reporters: [
      backgroundReporter(async () => {
        const { allureReporter } = await import('../../../reports/allure/allure-reporter.ts');
        const { captureReader } = await import('../../pipeline/read-capture.ts');
        return allureReporter({
          resultsFolder: paths.allureResults,
          readCapture: captureReader(project),
          env: io.env,
        });
      }),
      backgroundReporter(async () => {
        const { historyReporter } = await import('../../store/history/history-reporter.ts');
        const open = () => openHistory(project, io);
        return historyReporter({ open, stateFolder: project.stateFolder, env: io.env });
      }),
      backgroundReporter(async () => {
        const { layersReporter } = await import('../../../reports/layers/layers-reporter.ts');
        return layersReporter();
      }),
      backgroundReporter(async () => {
        const { junitReporter } = await import('../../../reports/junit/junit-reporter.ts');
        return junitReporter({ file: paths.junitFile });
      }),
      ...(env['GITHUB_ACTIONS'] === 'true'
        ? [
            githubReporter({
              stdout: jsonToStdout ? io.stderr : io.stdout,
              summaryFile: env['GITHUB_STEP_SUMMARY'] || undefined,
              projectPath: pathInWorkspace(project, env),
            }),
          ]
        : []),
      consoleReporter({
        stdout: jsonToStdout ? io.stderr : io.stdout,
        stderr: io.stderr,
        env,
        paths: {
          ...shownFrom(io.cwd, paths),
          // `hil report` reads the results in the run's own folder.
          report: options.allure === undefined ? 'npx hil report' : undefined,
        },
      }),
    ],
    vitestReporters: options.reporter ?? [],
    bail: options.bail === true ? 1 : (options.bail ?? 0),
    workers: options.workers,
    watch: options.watch ?? false,
    signal: io.signal,
  });
  await writeJson(run.records);
  return exitCodeOf(run);
}

/** One SDK is chosen for all cases; several are a matrix, in which each case has a result on each. */
function stacksOf(
  chosen: readonly string[] | undefined,
  project: Project,
): { sdk?: string | undefined; matrix?: readonly string[] | undefined } {
  const sdks = chosen ?? project.config.matrix;
  if (sdks === undefined) return {};
  return sdks.length === 1 ? { sdk: sdks[0] } : { matrix: sdks };
}

/** GitHub names files from the repository's root, which need not be the project's. */
const pathInWorkspace = ({ root }: Project, env: Io['env']): string =>
  relative(env['GITHUB_WORKSPACE'] || root, root).replaceAll('\\', '/') || '.';

const shownFrom = <P extends Record<string, string>>(cwd: string, paths: P): P =>
  Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, relative(cwd, path) || '.'])) as P;
