import type { Cancellable } from '../cancellable.ts';
import type { LayerOutput } from '../board/session.ts';
import type { ReferenceNetwork } from '../golden/compute-golden.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import { type AnalysedLayers, analyseLayers } from '../layers/analyse-layers.ts';
import { fileLayers } from '../layers/file-layers.ts';
import { dumpOfSession } from '../layers/dump/dumped-layer.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import type { RknnFile } from '../reference/rknn-file/rknn-file.ts';
import type { NumericFormat } from '../tensor/quantisation.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { Explanation, LayerFinding, WrongLayer } from './explanation.ts';
import { layerOrigin } from './layer-origin.ts';

/** What layers are explained with, beside the case. */
export interface LayerAccess {
  /** Runs the board once with dumps on. */
  readonly dump: (options: Cancellable) => Promise<readonly LayerOutput[]>;
  /** Keeps an analysis beside the capture. @returns Its files, relative to the project's root. */
  readonly keep: (layers: AnalysedLayers) => Promise<readonly string[]>;
}

/**
 * Looks for the first layer that is itself wrong, in a dump run of its own.
 *
 * @throws {HilError} If the board, the dump or the reference does not allow it.
 */
export async function findLayers(
  { dump, keep }: LayerAccess,
  parts: {
    readonly network: ReferenceNetwork;
    readonly feeds: NamedTensors;
    readonly engine: ReferenceEngine;
    readonly boardModel: RknnFile | undefined;
    readonly prepared: PreparedInput;
    readonly sdk: string;
    readonly format: NumericFormat;
  },
  { signal }: Cancellable,
): Promise<LayerFinding> {
  const { network, feeds, engine, boardModel, format, prepared, sdk } = parts;
  const outputs = await dump({ signal });
  const layers = await analyseLayers({
    dump: dumpOfSession(outputs),
    onnx: network.bytes,
    origin: network.origin,
    feeds,
    engine,
    boardModel: boardModel?.trailer,
    ofFile:
      boardModel &&
      (await fileLayers({ file: boardModel, origin: 'the model file', sdk, prepared, engine }, { signal })),
    format: format === 'hybrid' ? undefined : format,
    signal,
  });
  const { note, rows, suspect, unmapped, remarks } = layers.analysis;
  const row = suspect && rows[suspect.row];
  return {
    note,
    mapped: rows.length,
    unmapped: unmapped.dumps.length + unmapped.values.length,
    ...(row && suspect
      ? {
          suspect: {
            value: row.value,
            operators: row.nodes.map(({ opType }) => opType),
            dump: row.dumps[0] ?? '',
            first: row.index === 0,
            sentence: suspect.sentence,
            confidence: row.confidence,
            origin: layerOrigin(row),
            ...(row.wrong ? { kind: row.wrong.kind, evidence: row.wrong.evidence } : {}),
          },
        }
      : {}),
    remarks,
    files: await keep(layers),
  };
}

/**
 * Adds what the layers show to an explanation that found no cause, or only guesses at a wrong input. A layer that is
 * itself wrong beats a guess, but for the first one: with a wrong input it must look wrong.
 *
 * @param specFile - As `npx hil` takes it.
 */
export function withLayers(before: Explanation, layers: LayerFinding, specFile: string): Explanation {
  const { suspect, mapped, unmapped } = layers;
  const isGuess = before.cause === 'input-settings';
  const looked = `${mapped} layers of the board were held against the reference${unmapped > 0 ? `, ${unmapped} could not be matched` : ''}`;
  if (isGuess && (suspect === undefined || suspect.first)) {
    const seen = suspect
      ? `the first layer (${suspect.value}) is off already, as it is with a wrong input`
      : 'no layer is wrong by itself';
    return { ...before, layers, evidence: [...before.evidence, `${seen}: ${looked}`] };
  }
  if (suspect === undefined) {
    return {
      ...before,
      layers,
      evidence: [...before.evidence, `no layer is wrong by itself: ${looked}`],
      next:
        mapped === 0
          ? ['no layer could be looked at: convert the model without pre_compile, and try again']
          : [
              'run the case again: a dump run executes the network in another way, and may not show what the fast way does',
            ],
    };
  }
  return {
    ...before,
    cause: 'layer',
    layers,
    summary: withoutStop(suspect.sentence),
    evidence: [...tellOrigin(suspect), looked, before.summary, ...before.evidence],
    next: [
      ...(suspect.first ? ['it is the first layer: look at mean, std, channel order and layout first'] : []),
      ...nextOf(suspect, specFile),
    ],
  };
}

function tellOrigin({ origin }: WrongLayer): string[] {
  if (origin === undefined) return [];
  const { by, fileOff, boardOff } = origin;
  const numbers = `the file’s value is ${percent(fileOff)} from the reference’s, the board’s ${percent(boardOff)} from the file’s (the file computed by a model of the NPU)`;
  switch (by) {
    case 'file':
      return [
        `the model file itself computes this: its weights or formats are not the reference’s; ${numbers}`,
      ];
    case 'board':
      return [`the model file computes this layer right, the board does not; ${numbers}`];
    case 'undecided':
      return [`file and board cannot be told apart here: ${numbers}`];
  }
}

/** Nobody is sent to the driver as long as the file may be at fault. */
function nextOf({ origin, value, operators }: WrongLayer, specFile: string): string[] {
  const check = `npx hil convert-check ${specFile}`;
  const onBoard = `try another driver version, or build the model with ${value} (${operators.join(', ')}) in another format (hybrid), and compare again`;
  switch (origin?.by) {
    case 'file':
      return [
        `${check} says what the conversion did to ${value}; convert the model again from the reference`,
      ];
    case 'board':
      return [onBoard];
    default:
      return [
        `${check} says whether the model file itself computes ${value} so (other weights, a bad conversion): then convert it again`,
        `where the file is right it is the board: ${onBoard}`,
      ];
  }
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');
