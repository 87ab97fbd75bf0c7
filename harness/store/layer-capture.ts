import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalysedLayers } from '../layers/analyse-layers.ts';
import type { LayerAnalysis } from '../layers/layer-analysis.ts';
import { decodeNpz, encodeNpz } from '../tensor/npz.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { writeDurably } from './durable-file.ts';
import { decodeNumber, encodeNumber } from './record-journal.ts';

/** A layer analysis as it is kept beside a capture: all numbers, and the tensors of the suspect layer. */
export interface StoredLayers {
  readonly analysis: LayerAnalysis;
  readonly suspect?: SuspectTensors | undefined;
}

/** The suspect layer, in the reference's shape and order. */
export interface SuspectTensors {
  readonly board: Tensor<'float32'>;
  /** The reference's layer fed with the board's own input to it. */
  readonly isolated: Tensor<'float32'>;
}

const analysisName = 'layers.json';
const tensorsName = 'suspect-layer.npz';

/** @returns Names of the files in the folder. */
export async function writeLayers({ analysis, tensors }: AnalysedLayers, folder: string): Promise<string[]> {
  const { suspect } = analysis;
  const [board, isolated] = suspect
    ? [tensors.board[suspect.row], tensors.isolated[suspect.row]]
    : [undefined, undefined];
  await writeDurably(join(folder, analysisName), `${JSON.stringify(analysis, encodeNumber, 1)}\n`);
  if (!board || !isolated) return [analysisName];
  await writeDurably(
    join(folder, tensorsName),
    encodeNpz(
      new Map([
        ['board', board],
        ['isolated', isolated],
      ]),
    ),
  );
  return [analysisName, tensorsName];
}

/** @returns undefined where no layers were looked at, or they are not kept any more. */
export async function readLayers(folder: string): Promise<StoredLayers | undefined> {
  const text = await readFile(join(folder, analysisName), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const analysis = JSON.parse(text, decodeNumber) as LayerAnalysis;
  const bytes = await readFile(join(folder, tensorsName)).catch(() => undefined);
  const tensors = bytes && decodeNpz(bytes, tensorsName);
  const [board, isolated] = [tensors?.get('board'), tensors?.get('isolated')];
  if (board?.dtype !== 'float32' || isolated?.dtype !== 'float32') return { analysis };
  return {
    analysis,
    suspect: { board: board as Tensor<'float32'>, isolated: isolated as Tensor<'float32'> },
  };
}
