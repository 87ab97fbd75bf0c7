import type { Target } from '../../board/choose-target.ts';
import { HilError } from '../../hil-error.ts';
import { prepareInput, type PreparedInput } from '../../input/prepare-input.ts';
import { analyseLayers, type AnalysedLayers } from '../../layers/analyse-layers.ts';
import type { LayerDump } from '../../layers/dump/dumped-layer.ts';
import { fileLayers } from '../../layers/file-layers.ts';
import { dumpOnBoard } from '../../layers/dump-on-board.ts';
import { relativePath } from '../../project/path-in-project.ts';
import { requestOf } from '../../pipeline/reference-branch.ts';
import type { ReferenceEngine } from '../../reference/engine.ts';
import type { ModelFormat } from '../../reference/npu-format/choose-storage.ts';
import { readRknn, type RknnFile } from '../../reference/rknn-file/rknn-file.ts';
import type { RknnTrailer } from '../../reference/rknn-file/trailer.ts';
import { boardModelPath } from '../../spec/board-model-path.ts';
import type { Case, ResolvedSpec } from '../../spec/case.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { WorkerServices } from '../../vitest/worker-services.ts';
import type { Io } from '../io.ts';

/** Layers were asked of something that has none to give. */
export class NoLayersError extends HilError {
  readonly code = 'HIL_NO_LAYERS';
  readonly owner = 'spec';
}

/**
 * Runs a case once with layer dumps on, on the first of its boards that is free.
 *
 * @param known - Layers that came before, by hash; those that did not change are not sent again.
 */
export async function dumpCase(
  testCase: Case,
  targets: readonly Target[],
  { cases: { leases, sessions, models } }: WorkerServices,
  known: Map<string, Tensor>,
  io: Io,
): Promise<{ readonly dump: LayerDump; readonly prepared: PreparedInput; readonly target: Target }> {
  const { spec } = testCase;
  if (spec.command) {
    throw new NoLayersError(`${testCase.name} runs a program of its own, which shows no layers`, {
      hint: 'Layers are shown by the device runner: leave `command` out in a copy of the spec.',
    });
  }
  const prepared = await prepareInput(testCase.input, spec);
  const candidates = targets.map((target) => ({ target, warmth: `${target.sdk} layers` }));
  const { signal } = io;
  const lease = await leases.lease(candidates, { signal });
  const { target } = lease;
  try {
    const file = await models.read(boardModelPath(spec, target.sdk));
    const { session, model } = await sessions.ready(target, file, { signal });
    io.stderr.write(`${testCase.name}: dump run on ${target.board.name}, SDK ${target.sdk}\n`);
    const inputs = prepared.boardInputs(model.inputs);
    const { dump } = await dumpOnBoard(session, model, inputs, { signal, known });
    return { dump, prepared, target };
  } finally {
    await sessions.drop(target.board.name);
    lease.release({ kind: 'unknown' }, false);
  }
}

/** Holds a dump of a case against the case's reference. */
export async function analyseCase(
  testCase: Case,
  dump: LayerDump,
  prepared: PreparedInput,
  sdk: string,
  { cases: { models } }: WorkerServices,
  engine: ReferenceEngine,
  signal: AbortSignal,
  /** Of the model that was dumped, which then is no board's; that of the spec's own model if absent. */
  trailer?: RknnTrailer,
): Promise<AnalysedLayers> {
  const { spec } = testCase;
  const file = trailer ? undefined : await ownFile(spec, sdk, models);
  const request = requestOf(testCase, prepared, engine);
  const [{ bytes: onnx, origin }, feeds] = [await request.network(), await request.feeds()];
  return analyseLayers({
    dump,
    onnx,
    origin,
    feeds,
    engine,
    boardModel: trailer ?? file?.trailer,
    ofFile:
      file &&
      (await fileLayers(
        { file, origin: relativePath(spec.root, boardModelPath(spec, sdk)), sdk, prepared, engine },
        { signal },
      )),
    format: formatOf(spec.declaration.model.format),
    signal,
  });
}

/** The board may run a file that we cannot read; its layers are then analysed without its help. */
async function ownFile(
  spec: ResolvedSpec,
  sdk: string,
  models: WorkerServices['cases']['models'],
): Promise<RknnFile | undefined> {
  try {
    const { bytes, path } = await models.read(boardModelPath(spec, sdk));
    return readRknn(bytes, path);
  } catch {
    return undefined;
  }
}

/** Of a hybrid model nobody but its file says which layer has which format. */
const formatOf = (format: ModelFormat | 'hybrid' | undefined): ModelFormat | undefined =>
  format === 'hybrid' ? undefined : format;
