import { join, relative, resolve } from 'node:path';
import { coloursFor, usableWidth } from '../../../reports/console/appearance.ts';
import { acceptanceText } from '../../../reports/accept/text.ts';
import { acceptanceFiles, acceptanceJson } from '../../../reports/accept/files.ts';
import { assess } from '../../accept/assess.ts';
import type { AcceptanceVerdict, Assessment } from '../../accept/assessment.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { writeDurably } from '../../store/durable-file.ts';
import { newRunId } from '../../store/run-folder.ts';
import { AcceptUsageError, type PlannedSide, planSide, type SideChoice } from '../accept/plan-side.ts';
import { planOffline } from '../accept/plan-offline.ts';
import { type GridSide, runGrid } from '../accept/run-grid.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

export interface AcceptOptions {
  readonly baseline?: string;
  readonly candidate?: string;
  readonly baselineRun?: readonly string[];
  readonly candidateRun?: readonly string[];
  readonly history?: true;
  readonly since?: Date;
  readonly attribution?: true;
  readonly offline?: true;
  readonly name?: RegExp;
  readonly tag?: readonly string[];
  readonly board?: string;
  readonly repeat?: number;
  readonly output?: string;
  readonly allure?: string;
  readonly json?: true;
}

/** `hil accept`: whether one may move from one SDK to another, with the reasons. Runs what no stored run is named for. */
export async function acceptCommand(
  words: readonly string[],
  options: AcceptOptions,
  io: Io,
): Promise<ExitCode> {
  const start = Date.now();
  const project = loadProject(io.cwd);
  const assessment = await check(words, options, project, io);
  if (assessment === undefined) return exitCodes.interrupted;

  const folder =
    options.output === undefined
      ? join(project.stateFolder, 'accept', newRunId(new Date()))
      : resolve(io.cwd, options.output);
  const files = acceptanceFiles(assessment);
  for (const { name, content } of files) await writeDurably(join(folder, name), content);
  if (options.allure !== undefined) {
    const { writeAcceptanceResult } = await import('../../../reports/allure/acceptance-result.ts');
    const times = { start, stop: Date.now() };
    writeAcceptanceResult(resolve(io.cwd, options.allure), assessment, files, times);
  }
  if (options.json) io.stdout.write(acceptanceJson(assessment));
  else {
    const text = acceptanceText(assessment, coloursFor(io.stdout, io.env), usableWidth(io.stdout));
    const paths = files.map(({ name, title }) => `  ${title}: ${relative(io.cwd, join(folder, name))}`);
    io.stdout.write(`${[...text, '', ...paths].join('\n')}\n`);
  }
  return exitCodeFor[assessment.verdict];
}

/** As of `hil run`: 1 for the network's or the SDK's fault, 3 where no verdict on the SDK was reached. */
const exitCodeFor: Readonly<Record<AcceptanceVerdict, ExitCode>> = {
  accepted: exitCodes.ok,
  'accepted with marginal cases': exitCodes.ok,
  rejected: exitCodes.failed,
  'not enough data': exitCodes.broken,
  'board unfit': exitCodes.broken,
};

/** @returns undefined if it was interrupted. */
async function check(
  words: readonly string[],
  options: AcceptOptions,
  project: Project,
  io: Io,
): Promise<Assessment | undefined> {
  const policy = project.config.acceptance;
  const { name, tag, board, since } = options;
  const choices = {
    words,
    name,
    tag,
    board,
    since,
    repeats: options.repeat ?? policy.repeats,
    history: options.history === true || since !== undefined,
    attribution: options.attribution === true,
  };
  const sides: readonly SideChoice[] = [
    { name: 'baseline', sdk: options.baseline, runs: options.baselineRun },
    { name: 'candidate', sdk: options.candidate, runs: options.candidateRun },
  ];
  // Everything is planned before anything is touched.
  if (options.attribution) requireRunnable(sides);
  const planned: PlannedSide[] = [];
  for (const side of sides) {
    const each = await (options.offline ? planOffline : planSide)(side, choices, project, io);
    if (each === undefined) return undefined;
    planned.push(each);
  }
  const [baseline, candidate] = [await planned[0]!.collect(), await planned[1]!.collect()];
  if (baseline === undefined || candidate === undefined) return undefined;
  const assessment = assess(baseline, candidate, policy);
  if (!options.attribution) return assessment;
  const [old, next] = [
    { stack: planned[0]!.stack!, evidence: baseline } satisfies GridSide,
    { stack: planned[1]!.stack!, evidence: candidate } satisfies GridSide,
  ];
  const attribution = await runGrid(project, old, next, io);
  return attribution && { ...assessment, attribution };
}

/** The grid runs each side's models on the other's runtime, so stored answers alone are not enough. */
function requireRunnable(sides: readonly SideChoice[]): void {
  const stored = sides.find(({ runs }) => runs !== undefined);
  if (stored === undefined) return;
  throw new AcceptUsageError(
    `--attribution runs the models of both SDKs, but the ${stored.name} is given as a stored run`,
    { hint: `Give --${stored.name} <sdk> instead; --history spares what has been run already.` },
  );
}
