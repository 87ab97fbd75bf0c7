import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { pieceBefore } from './cut-network.ts';
import type { DumpedLayer } from './dump/dumped-layer.ts';
import { excessOf } from './excess.ts';
import { kindOfWrong } from './kinds/kind-of-wrong.ts';
import type { LayerRow } from './layer-analysis.ts';
import { layerError } from './layer-error.ts';
import type { CandidateValue } from './mapping/candidate-value.ts';
import { judgeMatch } from './mapping/confidence.ts';
import type { LayerMatch } from './mapping/map-layers.ts';
import type { ReferenceNetwork } from './reference-network.ts';

/** What a row of the analysis is made of. */
export interface RowParts {
  readonly reference: ReferenceNetwork;
  /** Names of all mapped values. */
  readonly mapped: readonly string[];
  readonly match: LayerMatch;
  readonly dump: DumpedLayer;
  readonly value: CandidateValue;
  /** In the value's shape. */
  readonly board: Tensor<'float32'>;
  /** What the reference gives for the board's inputs to the layer. */
  readonly isolated: Tensor<'float32'>;
  readonly storage: TensorStorage | undefined;
  /** What the board's model file gives for the value, if it can be computed. */
  readonly converted: Tensor<'float32'> | undefined;
  /** The same two in the board's format. */
  readonly expected:
    { readonly cumulative: Tensor<'float32'>; readonly isolated: Tensor<'float32'> } | undefined;
}

export function makeRow(index: number, parts: RowParts): LayerRow {
  const { reference, match, dump, value, board, isolated, storage } = parts;
  const piece = pieceBefore(reference.model, value.name, new Set(parts.mapped));
  const own = layerError(isolated, board);
  const expected = parts.expected && {
    cumulative: layerError(value.value, parts.expected.cumulative),
    isolated: layerError(isolated, parts.expected.isolated),
  };
  const excess = expected ? excessOf(own, expected.isolated, isolated, storage) : NaN;
  const isWithin = excess <= 1;
  return {
    index,
    dumps: dump.names,
    kind: dump.kind,
    value: value.name,
    shape: value.value.shape,
    nodes: piece.nodes.map(({ name, opType, output }) => ({ name: name || (output[0] ?? ''), opType })),
    ...judgeMatch(match, isolated, board),
    layout: {
      order: match.order.order,
      transposed: match.order.transposed,
      ...(match.order.paddedChannels === undefined ? {} : { paddedChannels: match.order.paddedChannels }),
      detected: match.orderDetected,
    },
    cumulative: layerError(value.value, board),
    isolated: own,
    fedBy: piece.reads,
    ...(expected ? { expected } : {}),
    ...(parts.converted
      ? {
          converted: {
            fromReference: layerError(value.value, parts.converted),
            toBoard: layerError(parts.converted, board),
          },
        }
      : {}),
    ...(storage ? { storage } : {}),
    excess,
    ...(isWithin
      ? {}
      : { wrong: kindOfWrong(isolated, board, storage, { expectedRmse: expected?.isolated.rmse }) }),
  };
}
