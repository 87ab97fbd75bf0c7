import { coloursFor } from '../../../reports/console/appearance.ts';
import { modelDiffLines } from '../../../reports/console/model-diff.ts';
import { computeReference } from '../../layers/reference-network.ts';
import { type AnswerPair, pairAnswers } from '../../model-diff/answers.ts';
import type { FloatConstants } from '../../model-diff/diff-constants.ts';
import { diffModels } from '../../model-diff/diff-models.ts';
import { floatConstants } from '../../model-diff/float-constants.ts';
import { prepareInput } from '../../input/prepare-input.ts';
import { requestOf } from '../../pipeline/reference-branch.ts';
import { loadProject } from '../../project/project.ts';
import type { ReferenceEngine } from '../../reference/engine.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import type { Case } from '../../spec/case.ts';
import { encodeNumber } from '../../store/record-journal.ts';
import { workerServices } from '../../vitest/worker-services.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { distinctCases } from '../offline/distinct-cases.ts';
import { offlineAnswers } from '../offline/offline-answers.ts';
import { OfflineBoard, offlineNote } from '../offline/offline-board.ts';
import { type ModelOnDisk, readModelFile } from '../offline/read-model-file.ts';
import { planChosenCases } from '../plan-chosen-cases.ts';

export interface DiffModelOptions {
  /** Words that choose the cases whose inputs are tried. */
  readonly spec?: readonly string[];
  readonly all?: true;
  readonly json?: true;
}

/** `hil diff-model`: what one .rknn file has otherwise than another, and what that does to the answers. No board. */
export async function diffModelCommand(
  before: string,
  after: string,
  options: DiffModelOptions,
  io: Io,
): Promise<ExitCode> {
  const models = [await readModelFile(before, io), await readModelFile(after, io)] as const;
  const engine = createOnnxRuntimeEngine();
  const cases = options.spec ? await casesOf(options.spec, io) : [];
  const floats = cases[0] && (await floatsOf(cases[0], engine));
  const diff = diffModels(models[0], models[1], floats);
  const answers = await answersOf(cases, models, engine, io);
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ ...diff, answers, note: offlineNote }, encodeNumber, 2)}\n`);
    return exitCodes.ok;
  }
  const most = options.all ? Infinity : undefined;
  const lines = modelDiffLines(diff, answers, offlineNote, coloursFor(io.stdout, io.env), most);
  io.stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.ok;
}

async function casesOf(words: readonly string[], io: Io): Promise<Case[]> {
  const project = loadProject(io.cwd);
  return distinctCases((await planChosenCases(project, words, io)).map((planned) => planned.case));
}

/** The float network's constants, folded as converters fold them. */
async function floatsOf(testCase: Case, engine: ReferenceEngine): Promise<FloatConstants> {
  const request = requestOf(testCase, await prepareInput(testCase.input, testCase.spec), engine);
  const [{ bytes, origin }, feeds] = [await request.network(), await request.feeds()];
  const { model } = await computeReference(bytes, origin, engine, feeds);
  return floatConstants(model, origin);
}

async function answersOf(
  cases: readonly Case[],
  [before, after]: readonly [ModelOnDisk, ModelOnDisk],
  engine: ReferenceEngine,
  io: Io,
): Promise<AnswerPair[]> {
  if (cases.length === 0) return [];
  await using board = new OfflineBoard(engine);
  const project = loadProject(io.cwd);
  await using services = workerServices({ project, run: '', runFolder: '', updateGolden: false });
  const old = await offlineAnswers(before, cases, board, services, io);
  const now = await offlineAnswers(after, cases, board, services, io);
  return cases.flatMap(({ name }) => pairAnswers(name, old.get(name)!, now.get(name)!));
}
