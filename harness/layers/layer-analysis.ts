import type { Metrics } from '../compare/comparison.ts';
import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { KindOfWrong } from './kinds/wrong-kind.ts';

/**
 * Where a board leaves its reference, layer by layer. Plain data; its tensors are beside it, in {@link LayerTensors}.
 * It explains and never judges: a dump run is not the run that the verdict is about.
 */
export interface LayerAnalysis {
  /** The sentence to show wherever layers are shown: that no verdict is ever taken from a dump run. */
  readonly note: string;
  /** How the tensors of the board's model are stored as a whole, e.g. `fp16` or `u8`; `unknown` if nobody said. */
  readonly format: 'fp16' | 'u8' | 'i8' | 'i16' | 'unknown';
  /** Mapped layers in execution order. */
  readonly rows: readonly LayerRow[];
  /** The first layer that is itself wrong; absent if every mapped layer is within what its format allows. */
  readonly suspect?: LayerSuspect | undefined;
  readonly unmapped: {
    /** Dumps for which no value of the reference was found. */
    readonly dumps: readonly UnmappedDump[];
    /** Values that a driver normally shows and no dump was found for. */
    readonly values: readonly UnmappedValue[];
  };
  /** Sentences about the whole: pre-compiled model, no layers, layouts that were assumed. */
  readonly remarks: readonly string[];
}

/** One dumped layer of the board and the value of the reference that it is. */
export interface LayerRow {
  /** Position among {@link LayerAnalysis.rows}. */
  readonly index: number;
  /** Names of the dump's files, one for each image of a batch. */
  readonly dumps: readonly string[];
  /** The driver's class of the node, e.g. `ConvolutionReluPoolingLayer2`; names what it can do, not what is in it. */
  readonly kind: string;
  /** Name of the reference's value. */
  readonly value: string;
  /** Shape of that value, NumPy order. */
  readonly shape: readonly number[];
  /** Nodes of the reference that the board computed between the layers before and this value, in order. */
  readonly nodes: readonly { readonly name: string; readonly opType: string }[];
  /** From 0 to 1: how sure the mapping is. */
  readonly confidence: number;
  /** Why it is believed, e.g. `correlation 0.9999, next best 0.31; only value of 802816 elements in its place`. */
  readonly grounds: string;
  readonly layout: DumpLayout;
  /** Board against reference, each fed by its own layers before. */
  readonly cumulative: LayerError;
  /** Board against the reference's layer fed with the board's own inputs to it. */
  readonly isolated: LayerError;
  /** Values that were taken from the board for `isolated`; inputs of the network stand for themselves. */
  readonly fedBy: readonly string[];
  /** The errors that the numeric format alone explains for this input; absent if the format is unknown. */
  readonly expected?: { readonly cumulative: LayerError; readonly isolated: LayerError } | undefined;
  /** The conversion's share of `cumulative` and the board's; only where the board's model file holds its network. */
  readonly converted?: ConvertedLayerError | undefined;
  /** How the board stores the value, if known. */
  readonly storage?: TensorStorage | undefined;
  /** Isolated error in units of what the format allows: above 1 the layer is itself wrong; NaN if nothing is known. */
  readonly excess: number;
  /** What kind of wrong the isolated error is; only for rows whose `excess` is above 1 or NaN. */
  readonly wrong?: KindOfWrong | undefined;
}

/** Error of a layer, in real units; the numbers are those of {@link Metrics}. */
export type LayerError = Pick<
  Metrics,
  'cosine' | 'gain' | 'maxAbsError' | 'meanAbsError' | 'rmse' | 'snrDb' | 'maxUlp'
> & {
  /** `rmse` over the reference's own root mean square: 0 is perfect; comparable between layers. */
  readonly relative: number;
};

/** A layer as the model file says it, computed by a model of the NPU with all layers before it; held against both sides. */
export interface ConvertedLayerError {
  /** Of the file's value against the reference's: the conversion's doing. */
  readonly fromReference: LayerError;
  /** Of the board's value against the file's: the board's doing. */
  readonly toBoard: LayerError;
}

/** In which order a dump holds the elements of its reference value. */
export interface DumpLayout {
  /** `flat`: nothing to choose, as for a vector. */
  readonly order: 'planar' | 'interleaved' | 'flat';
  /** True if columns run before rows inside a plane, opposite to the reference. */
  readonly transposed: boolean;
  /** Channels of the dump where it has more than the reference; the rest is padding. */
  readonly paddedChannels?: number | undefined;
  /** False: taken over from other layers because the values could not tell. */
  readonly detected: boolean;
}

export interface LayerSuspect {
  /** Index of its row. */
  readonly row: number;
  /** Plain sentence with the numbers. */
  readonly sentence: string;
}

export interface UnmappedDump {
  readonly dumps: readonly string[];
  readonly elements: number;
  readonly reason: string;
}

export interface UnmappedValue {
  readonly value: string;
  readonly node: string;
  readonly opType: string;
  readonly shape: readonly number[];
}

/** The big tensors beside a {@link LayerAnalysis}, by index of row; all in the reference's shape and order. */
export interface LayerTensors {
  readonly board: readonly Tensor<'float32'>[];
  /** The reference fed by its own layers. */
  readonly reference: readonly Tensor<'float32'>[];
  /** The reference fed with the board's inputs to the layer. */
  readonly isolated: readonly Tensor<'float32'>[];
}
