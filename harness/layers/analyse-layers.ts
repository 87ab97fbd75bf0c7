import type { Cancellable } from '../cancellable.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import type { ModelFormat } from '../reference/npu-format/choose-storage.ts';
import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import type { RknnTrailer } from '../reference/rknn-file/trailer.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { DumpedLayer, LayerDump } from './dump/dumped-layer.ts';
import { type FileLayers, fileValues } from './file-layers.ts';
import { formatNetwork, type BoardFormat } from './format-network.ts';
import type { LayerAnalysis, LayerTensors } from './layer-analysis.ts';
import { makeRow, type RowParts } from './layer-row.ts';
import { arrange } from './mapping/element-order.ts';
import { candidateValues, type CandidateValue } from './mapping/candidate-value.ts';
import { mapLayers, type LayerMatch } from './mapping/map-layers.ts';
import { modelFacts, type ModelFacts } from './model-storages.ts';
import { computeReference, type ReferenceNetwork } from './reference-network.ts';
import { runPieces } from './run-pieces.ts';
import { findSuspect } from './suspect.ts';

/** To be shown wherever layers are shown. */
export const dumpRunNote =
  'No verdict is ever taken from a dump run: with dumps on, the board runs every layer alone, which is not the run that is judged.';

export interface LayerAnalysisRequest extends Cancellable {
  readonly dump: LayerDump;
  /** The reference: a whole ONNX model. */
  readonly onnx: Uint8Array;
  /** File that it comes from, for messages. */
  readonly origin: string;
  /** What the reference is fed with; the board had the same input. */
  readonly feeds: NamedTensors;
  readonly engine: ReferenceEngine;
  /** Description of the board's model file, if it can be read. */
  readonly boardModel?: RknnTrailer | undefined;
  /** What the model file's own network gives for the same input, where it holds one. */
  readonly ofFile?: FileLayers | undefined;
  /** The board's numeric format, where no model file tells it. */
  readonly format?: ModelFormat | undefined;
  /** What is known of the converter's and the chip's rounding. */
  readonly rounding?: Pick<BoardFormat, 'rounding' | 'arithmetic'> | undefined;
}

export interface AnalysedLayers {
  readonly analysis: LayerAnalysis;
  readonly tensors: LayerTensors;
}

/**
 * Finds out where a board leaves its reference: maps dumped layers to the reference's values, measures each layer's
 * error (all layers before it included, and alone), works out what the numeric format explains, and names the first
 * layer that is itself wrong.
 *
 * Runs the network four times on the engine, which blocks the event loop meanwhile.
 *
 * @throws {HilError} Owner `spec`: the reference cannot be run or expressed in the board's format.
 */
export async function analyseLayers(request: LayerAnalysisRequest): Promise<AnalysedLayers> {
  const { dump, engine, signal } = request;
  const reference = await computeReference(request.onnx, request.origin, engine, request.feeds);
  signal?.throwIfAborted();
  const facts = request.boardModel && modelFacts(request.boardModel);
  const values = candidateValues(reference);
  const matches = mapLayers(dump.layers, values, facts && ((layer) => facts.nameOf(layer)));
  const format = facts?.format ?? request.format;
  const converted =
    format &&
    formatNetwork(reference, {
      ...request.rounding,
      format,
      storages: facts && storagesFor(facts, values, reference),
    });

  const mapped = matches.map((match) => ({
    match,
    dump: dump.layers[match.dump]!,
    value: values[match.value]!,
    board: arrange(dump.layers[match.dump]!.values, values[match.value]!.value.shape, match.order),
  }));
  const ofFile = request.ofFile && fileValues(request.ofFile, values);
  const runs = await runPieces(reference, converted, mapped, engine, signal);
  const rows = mapped.map(({ match, dump: layer, value, board }, index) =>
    makeRow(index, {
      reference,
      mapped: mapped.map((each) => each.value.name),
      match,
      dump: layer,
      value,
      board,
      isolated: runs.isolated[index]!,
      storage: converted?.storages.get(value.name),
      converted: ofFile?.get(value.name),
      expected: runs.expected && {
        cumulative: runs.expected.cumulative[index]!,
        isolated: runs.expected.isolated[index]!,
      },
    } satisfies RowParts),
  );
  const precompiled = facts?.precompiled ?? false;
  return {
    analysis: {
      note: dumpRunNote,
      format: format ?? 'unknown',
      rows,
      suspect: precompiled ? undefined : findSuspect(rows, format),
      unmapped: {
        dumps: unmappedDumps(dump.layers, matches, values),
        values: unmappedValues(values, matches),
      },
      remarks: [
        ...dump.remarks,
        ...remarksOn(precompiled, matches, format),
        ...(request.ofFile?.remark === undefined ? [] : [request.ofFile.remark]),
      ],
    },
    tensors: {
      board: mapped.map(({ board }) => board),
      reference: mapped.map(({ value }) => value.value),
      isolated: runs.isolated,
    },
  };
}

/** The file's inputs are in the reference's order where there are as many. */
function storagesFor(
  facts: ModelFacts,
  values: readonly CandidateValue[],
  { model }: ReferenceNetwork,
): Map<string, TensorStorage> {
  const storages = facts.storages(values);
  const { input } = model.graph;
  if (input.length === facts.inputs.length) {
    input.forEach(({ name }, i) => storages.set(name, facts.inputs[i]!));
  }
  return storages;
}

function unmappedDumps(
  dumps: readonly DumpedLayer[],
  matches: readonly LayerMatch[],
  values: readonly CandidateValue[],
): LayerAnalysis['unmapped']['dumps'] {
  const mapped = new Set(matches.map(({ dump }) => dump));
  const counts = new Set(values.map(({ value }) => value.data.length));
  return dumps.flatMap(({ names, values: { length } }, index) =>
    mapped.has(index)
      ? []
      : {
          dumps: names,
          elements: length,
          reason: counts.has(length)
            ? 'other dumps fit the values with this many elements better'
            : 'no value of the reference has this many elements',
        },
  );
}

function unmappedValues(
  values: readonly CandidateValue[],
  matches: readonly LayerMatch[],
): LayerAnalysis['unmapped']['values'] {
  const mapped = new Set(matches.map(({ value }) => value));
  return values.flatMap(({ name, node, opType, value: { shape }, expected }, index) =>
    expected && !mapped.has(index) ? { value: name, node, opType, shape } : [],
  );
}

function remarksOn(
  precompiled: boolean,
  matches: readonly LayerMatch[],
  format: ModelFormat | undefined,
): string[] {
  return [
    ...(precompiled
      ? [
          'The model is pre-compiled: for the driver it is one opaque node, so a dump holds the network’s outputs and no inner layer. Convert it without pre_compile to see layers.',
        ]
      : []),
    ...(matches.some(({ orderDetected, order }) => !orderDetected && order.order !== 'flat')
      ? [
          'Where the values of a layer could not tell in which order its dump holds them, the order of the other layers is taken.',
        ]
      : []),
    ...(format === undefined
      ? ['The board’s numeric format is not known, so nothing says which errors it explains.']
      : []),
  ];
}
