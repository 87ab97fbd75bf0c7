import { join, relative, resolve } from 'node:path';
import { coloursFor, usableWidth } from '../../../reports/console/appearance.ts';
import { acceptanceText } from '../../../reports/accept/text.ts';
import { acceptanceFiles, acceptanceJson } from '../../../reports/accept/files.ts';
import { assess } from '../../accept/assess.ts';
import type { AcceptanceVerdict } from '../../accept/assessment.ts';
import type { EvidenceSource } from '../../accept/evidence/evidence-source.ts';
import { runFolderSource } from '../../accept/evidence/run-folder-source.ts';
import { HilError } from '../../hil-error.ts';
import { planCases } from '../../pipeline/plan-cases.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { writeDurably } from '../../store/durable-file.ts';
import { newRunId } from '../../store/run-folder.ts';
import { boardsOf } from '../../vitest/boards.ts';
import { importSpecModule } from '../../vitest/import-spec-module.ts';
import { type PlannedStack, runStack } from '../accept/run-stack.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

export interface AcceptOptions {
  readonly baseline?: string;
  readonly candidate?: string;
  readonly baselineRun?: string;
  readonly candidateRun?: string;
  readonly name?: RegExp;
  readonly tag?: readonly string[];
  readonly board?: string;
  readonly repeat?: number;
  readonly output?: string;
  readonly allure?: string;
  readonly json?: true;
}

/** A command line that does not say what is to be compared. */
export class AcceptUsageError extends HilError {
  readonly code = 'HIL_ACCEPT_USAGE';
  readonly owner = 'spec';
}

/** `hil accept`: whether one may move from one SDK to another, with the reasons. Runs what no stored run is named for. */
export async function acceptCommand(
  words: readonly string[],
  options: AcceptOptions,
  io: Io,
): Promise<ExitCode> {
  const start = Date.now();
  const project = loadProject(io.cwd);
  const policy = project.config.acceptance;
  const sides = [
    { name: 'baseline', sdk: options.baseline, run: options.baselineRun },
    { name: 'candidate', sdk: options.candidate, run: options.candidateRun },
  ] as const;
  // Everything is planned before anything is touched.
  const steps: ((signal: AbortSignal) => Promise<EvidenceSource | undefined>)[] = [];
  for (const side of sides) steps.push(await planSide(side, words, options, project, io));

  const evidence = [];
  for (const step of steps) {
    const source = await step(io.signal);
    if (source === undefined) return exitCodes.interrupted;
    evidence.push(await source.collect({ signal: io.signal }));
  }
  const assessment = assess(evidence[0]!, evidence[1]!, policy);

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

interface Side {
  readonly name: 'baseline' | 'candidate';
  readonly sdk: string | undefined;
  readonly run: string | undefined;
}

/** @returns A step that runs the side's cases if need be; undefined from it means that it was interrupted. */
async function planSide(
  { name, sdk, run }: Side,
  words: readonly string[],
  options: AcceptOptions,
  project: Project,
  io: Io,
): Promise<(signal: AbortSignal) => Promise<EvidenceSource | undefined>> {
  if (run !== undefined) return () => Promise.resolve(runFolderSource(project, { run, sdk }));
  if (sdk === undefined)
    throw new AcceptUsageError(`it is not said which SDK is the ${name}`, {
      hint: `Give --${name} <sdk> to run the cases on it, or --${name}-run <run> to take a stored run.`,
    });
  const planned = await planCases(
    project,
    boardsOf(project),
    {
      cwd: io.cwd,
      words,
      namePattern: options.name,
      tags: options.tag,
      board: options.board,
      sdk,
    },
    importSpecModule,
  );
  const stack: PlannedStack = { sdk, planned };
  return async (signal) => {
    const outcome = await runStack(project, stack, options.repeat ?? project.config.acceptance.repeats, io);
    return signal.aborted ? undefined : runFolderSource(project, { run: outcome.run, sdk });
  };
}
