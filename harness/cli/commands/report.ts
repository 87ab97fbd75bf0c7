import { basename, join, relative, resolve } from 'node:path';
import { generateReport } from '../../../reports/allure/generate-report.ts';
import { serveReport } from '../../../reports/allure/serve-report.ts';
import { loadProject } from '../../project/project.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

export interface ReportOptions {
  readonly output?: string;
  readonly open: boolean;
}

/** `hil report`: the Allure report of a stored run, made offline and shown in the browser. */
export async function reportCommand(run: string, options: ReportOptions, io: Io): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const folder = findRunFolder(project.stateFolder, run);
  const output = options.output === undefined ? join(folder, 'report') : resolve(io.cwd, options.output);
  io.stderr.write(`Making the report of ${basename(folder)} ...\n`);
  const page = await generateReport({
    resultsFolders: [join(folder, 'allure-results')],
    output,
    name: `hil ${basename(folder)}`,
    signal: io.signal,
  });
  io.stdout.write(`Report: ${relative(io.cwd, page)}\n`);
  if (!options.open) return exitCodes.ok;

  await using server = await serveReport({ folder: output, open: io.stdout.isTTY === true });
  io.stdout.write(`Open ${server.url} in a browser; Ctrl-C ends the server.\n`);
  await aborted(io.signal);
  return exitCodes.ok;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
