import type { BoardInput, BoardSession, LayerOutput, LoadedModel, LayersOptions } from '../board/session.ts';
import { dumpOfSession, type LayerDump } from './dump/dumped-layer.ts';
import { parseLayerNames } from './dump/layer-names.ts';

/** A dump run on a board, and what was printed meanwhile. */
export interface BoardDump {
  readonly dump: LayerDump;
  readonly log: string;
}

/**
 * Runs a loaded model once with layer dumps on. No verdict may be taken from what comes out, the outputs included: a dump
 * run executes every layer alone.
 */
export async function dumpOnBoard(
  session: Pick<BoardSession, 'takeLog'>,
  model: LoadedModel,
  inputs: readonly BoardInput[],
  options: LayersOptions,
): Promise<BoardDump> {
  session.takeLog();
  const outputs: LayerOutput[] = [];
  for await (const output of model.layers({ inputs, repeats: 1 }, options)) {
    outputs.push(output);
  }
  const log = session.takeLog();
  return { dump: dumpOfSession(outputs, parseLayerNames(log)), log };
}
