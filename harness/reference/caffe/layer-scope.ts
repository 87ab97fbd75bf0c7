import type { AttributeValue } from '../onnx/model.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { CaffeLayer } from './caffe-net.ts';
import type { Fields, FieldTable } from './read-fields.ts';
import type { WantedBlob } from './take-weights.ts';

/** A tensor on its way through the network, as ONNX value and with Caffe's shape. */
export interface Blob {
  readonly value: string;
  readonly shape: readonly number[];
  /** Of a max pooling's mask: where in its input (N, C, H, W, flat) each maximum was. */
  readonly maxima?: { readonly value: string; readonly input: readonly number[] } | undefined;
}

/** What a layer sees of the network that it is translated into. */
export interface LayerScope {
  readonly layer: CaffeLayer;
  readonly bottoms: readonly Blob[];
  /** The one bottom. @throws {CaffeLayerError} If there are more or none. */
  bottom(): Blob;
  /** A message of the layer, by its table; empty if the layer has none. @throws {CaffeLayerError} */
  read<T extends FieldTable>(param: string, table: T): Fields<T>;
  /** Weights of the layer, which become constants of the network; their names. @throws {CaffeWeightsError} */
  weights(wanted: readonly WantedBlob[]): string[];
  /** The same as values, to compute with. @throws {CaffeWeightsError} */
  weightValues(wanted: readonly WantedBlob[]): Tensor<'float32'>[];
  /** A constant of the network; its name. */
  constant(part: string, value: Tensor): string;
  /** Adds a node with one output; its name. Outputs that become tops get the tops' names in the end. */
  emit(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): string;
  /** Adds a node with several outputs; their names. */
  emitSeveral(
    outputs: number,
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): string[];
  /** @throws {CaffeLayerError} Always. */
  refuse(problem: string, hint?: string): never;
}

/** Translates a layer; the tops in order. */
export type TranslateLayer = (scope: LayerScope) => readonly Blob[];
