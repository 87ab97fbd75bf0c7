import { coloursFor } from '../../../reports/console/appearance.ts';
import { conversionLines } from '../../../reports/console/conversion-check.ts';
import { checkConversion, type TriedInput } from '../../convert-check/check-conversion.ts';
import type { ConversionCheck } from '../../convert-check/conversion-check.ts';
import { prepareInput } from '../../input/prepare-input.ts';
import { judgeCase } from '../../pipeline/judge-case.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { relativePath } from '../../project/path-in-project.ts';
import type { ReferenceEngine } from '../../reference/engine.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { readRknn } from '../../reference/rknn-file/rknn-file.ts';
import { boardModelPath } from '../../spec/board-model-path.ts';
import type { Case } from '../../spec/case.ts';
import { encodeNumber } from '../../store/record-journal.ts';
import { workerServices, type WorkerServices } from '../../vitest/worker-services.ts';
import { convertFor } from '../convert-for.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { analyseCase } from '../layers/analyse-case.ts';
import { distinctCases } from '../offline/distinct-cases.ts';
import { OfflineBoard, offlineNote } from '../offline/offline-board.ts';
import { type ModelOnDisk, readModelFile } from '../offline/read-model-file.ts';
import { planChosenCases } from '../plan-chosen-cases.ts';

export interface ConvertCheckOptions {
  readonly model?: string;
  readonly all?: true;
  readonly json?: true;
}

/** `hil convert-check`: each board model against its float original, layer by layer, before any board sees it. */
export async function convertCheckCommand(
  words: readonly string[],
  options: ConvertCheckOptions,
  io: Io,
): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const planned = await convertFor(await planChosenCases(project, words, io), project, io);
  if (planned === undefined) return exitCodes.interrupted;
  const byModel = new Map<string, { readonly sdk: string; readonly cases: Case[] }>();
  for (const { case: testCase, targets } of planned) {
    const { sdk } = targets[0];
    const model = options.model ?? relativeModel(testCase, sdk, project, io);
    const group = byModel.get(model);
    if (group) group.cases.push(testCase);
    else byModel.set(model, { sdk, cases: [testCase] });
  }

  await using services = workerServices({ project, run: '', runFolder: '', updateGolden: false });
  const engine = createOnnxRuntimeEngine();
  await using board = new OfflineBoard(engine);
  const colours = coloursFor(io.stdout, io.env);
  const checks: ConversionCheck[] = [];
  for (const [file, { sdk, cases }] of byModel) {
    const model = await readModelFile(file, io);
    const check = await checkModel(model, distinctCases(cases), sdk, { board, engine, services }, io);
    checks.push(check);
    if (!options.json) {
      const lines = conversionLines(check, offlineNote, colours, options.all ? Infinity : undefined);
      io.stdout.write(`${lines.join('\n')}\n\n`);
    }
  }
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ models: checks, note: offlineNote }, encodeNumber, 2)}\n`);
  }
  return exitCodes.ok;
}

const relativeModel = ({ spec }: Case, sdk: string, project: Project, io: Io): string =>
  project.root === io.cwd ? relativePath(project.root, boardModelPath(spec, sdk)) : boardModelPath(spec, sdk);

async function checkModel(
  model: ModelOnDisk,
  cases: readonly Case[],
  sdk: string,
  parts: {
    readonly board: OfflineBoard;
    readonly engine: ReferenceEngine;
    readonly services: WorkerServices;
  },
  io: Io,
): Promise<ConversionCheck> {
  const { board, engine, services } = parts;
  const { signal } = io;
  const file = readRknn(model.bytes, model.file);
  const tried: TriedInput[] = [];
  for (const [index, testCase] of cases.entries()) {
    io.stderr.write(`${model.file}: ${testCase.name} (${index + 1} of ${cases.length})\n`);
    const prepared = await prepareInput(testCase.input, testCase.spec);
    const golden = await services.cases.obtainGolden(testCase, prepared, signal);
    const result = await board.answer(model, prepared, { signal });
    const dump = await board.dump(model, prepared, { signal });
    const { comparison } = judgeCase(testCase.spec, golden.outputs, result);
    const layers = await analyseCase(testCase, dump, prepared, sdk, services, engine, signal, file.trailer);
    tried.push({ case: testCase.name, layers, comparison });
  }
  return checkConversion(model.file, file, tried);
}
