import { coloursFor } from '../../../reports/console/appearance.ts';
import { layerLines, stackLines } from '../../../reports/console/layer-table.ts';
import { boardLabel } from '../../../reports/facts/target.ts';
import type { Target } from '../../board/choose-target.ts';
import type { AnalysedLayers } from '../../layers/analyse-layers.ts';
import { compareStacks } from '../../layers/compare-stacks.ts';
import { type PlannedCase, planCases } from '../../pipeline/plan-cases.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { encodeNumber, readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { boardsOf } from '../../vitest/boards.ts';
import { importSpecModule } from '../../vitest/import-spec-module.ts';
import { workerServices, type WorkerServices } from '../../vitest/worker-services.ts';
import { convertFor } from '../convert-for.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { analyseCase, dumpCase, NoLayersError } from '../layers/analyse-case.ts';

export interface LayersOptions {
  readonly run?: string;
  readonly board?: string;
  readonly sdk?: readonly string[];
  readonly json?: true;
}

interface Analysed {
  readonly planned: PlannedCase;
  readonly target: Target;
  readonly layers: AnalysedLayers;
}

/** `hil layers`: a dump run of each chosen case, held against its reference layer by layer. No verdict comes from it. */
export async function layersCommand(
  words: readonly string[],
  options: LayersOptions,
  io: Io,
): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const chosen = await choose(words, options, project, io);
  const planned = await convertFor(chosen, project, io);
  if (planned === undefined) return exitCodes.interrupted;
  await using services = workerServices({ project, run: '', runFolder: '', updateGolden: false });

  const colours = coloursFor(io.stdout, io.env);
  const told: unknown[] = [];
  for (const cases of byCase(planned)) {
    const stacks: Analysed[] = [];
    const known = new Map<string, Tensor>();
    for (const each of cases) stacks.push(await analyse(each, services, known, io));
    const comparison =
      stacks.length === 2
        ? compareStacks([stacks[0]!.target.sdk, stacks[1]!.target.sdk], stacks[0]!.layers, stacks[1]!.layers)
        : undefined;
    if (options.json) {
      told.push({
        case: cases[0]!.case.name,
        stacks: stacks.map(({ target: { board, sdk }, layers }) => ({
          board: board.name,
          sdk,
          simulated: board.simulated,
          analysis: layers.analysis,
        })),
        ...(comparison ? { comparison } : {}),
      });
      continue;
    }
    for (const { target, layers } of stacks) {
      const label = boardLabel({ board: target.board.name, simulated: target.board.simulated });
      const title = `${cases[0]!.case.name}: layers on ${label}, SDK ${target.sdk}`;
      io.stdout.write(`${[colours.bold(title), '', ...layerLines(layers.analysis, colours)].join('\n')}\n\n`);
    }
    if (comparison) io.stdout.write(`${stackLines(comparison, colours).join('\n')}\n\n`);
  }
  if (options.json) io.stdout.write(`${JSON.stringify(told, encodeNumber, 2)}\n`);
  return exitCodes.ok;
}

async function analyse(
  planned: PlannedCase,
  services: WorkerServices,
  known: Map<string, Tensor>,
  io: Io,
): Promise<Analysed> {
  const { dump, prepared, target } = await dumpCase(planned.case, planned.targets, services, known, io);
  const engine = createOnnxRuntimeEngine();
  const layers = await analyseCase(planned.case, dump, prepared, target.sdk, services, engine, io.signal);
  return { planned, target, layers };
}

/** The cases of the words; with a run, those of them that failed there, on the boards and SDKs that they failed on. */
async function choose(
  words: readonly string[],
  { run, board, sdk }: LayersOptions,
  project: Project,
  io: Io,
): Promise<PlannedCase[]> {
  const plan = async (wish: { readonly board?: string | undefined; readonly sdk?: string | undefined }) =>
    named(
      words,
      await planCases(
        project,
        boardsOf(project),
        { cwd: io.cwd, words, ...wish, ...(sdk && sdk.length > 1 ? { sdks: sdk } : {}) },
        importSpecModule,
      ),
    );
  if (run === undefined) return plan({ board, sdk: sdk?.length === 1 ? sdk[0] : undefined });
  const failed = [...readRecords(findRunFolder(project.stateFolder, run))].filter(
    ({ verdict, class: verdictClass }) => verdict === 'failed' && verdictClass === 'precision',
  );
  const planned: PlannedCase[] = [];
  for (const { case: of, target } of failed) {
    const there = await plan({ board: board ?? target.board, sdk: sdk?.length === 1 ? sdk[0] : target.sdk });
    planned.push(...there.filter((each) => each.case.name === of.name));
  }
  if (planned.length > 0) return planned;
  throw new NoLayersError(
    `in the run ${run} no case ${words.length > 0 ? 'of these words ' : ''}failed in precision`,
    {
      hint: 'Name a case without --run to look at its layers all the same.',
    },
  );
}

/** Words that are whole names of cases mean these alone, and not others whose names begin so. */
function named(words: readonly string[], planned: PlannedCase[]): PlannedCase[] {
  const exact = planned.filter((each) => words.includes(each.case.name));
  return exact.length > 0 ? exact : planned;
}

/** Results of one case on several stacks stand together. */
function byCase(planned: readonly PlannedCase[]): PlannedCase[][] {
  const groups = new Map<string, PlannedCase[]>();
  for (const each of planned) {
    const group = groups.get(each.case.name);
    if (group) group.push(each);
    else groups.set(each.case.name, [each]);
  }
  return [...groups.values()];
}
