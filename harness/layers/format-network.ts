import { assignStorage } from '../reference/npu-format/assign-storage.ts';
import type { ModelFormat, ValueRange } from '../reference/npu-format/choose-storage.ts';
import { convertConstants, type ConstantRounding } from '../reference/npu-format/convert-constants.ts';
import { encodeValues } from '../reference/npu-format/encode-values.ts';
import { findLayers } from '../reference/npu-format/find-layers.ts';
import { roundLayers } from '../reference/npu-format/round-layers.ts';
import type { NpuArithmetic } from '../reference/npu-format/storage-nodes.ts';
import { float32Storage, type TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import { makeValueInfo, type OnnxModel } from '../reference/onnx/model.ts';
import { dequantise } from '../tensor/dequantise.ts';
import { bytesOf, elementsOf } from '../tensor/dtype.ts';
import { tensor, type NamedTensors, type Tensor } from '../tensor/tensor.ts';
import type { ReferenceNetwork } from './reference-network.ts';

/** What a board's numeric format does to a network; what nobody has said is taken as the sources suggest. */
export interface BoardFormat {
  readonly format: ModelFormat;
  /** Storages that the board's model file tells, by value; they go before those that are worked out. */
  readonly storages?: ReadonlyMap<string, TensorStorage> | undefined;
  readonly rounding?: ConstantRounding | undefined;
  readonly arithmetic?: NpuArithmetic | undefined;
}

/**
 * Truncated weights and float16 biases: of the conversions that are thought possible the one with the larger error.
 * Published layer outputs of an RK1808 fit it best.
 */
const likelyRounding: ConstantRounding = { weights: 'truncate', bias: 'float16' };

/** As the drivers of most releases program the chip. */
const likelyArithmetic: NpuArithmetic = {
  u8Ties: 'away-from-zero',
  float16Overflow: 'infinity',
  float16Bias: 'float16',
};

/** A network with the board's numeric format in it; takes and gives real values. */
export interface FormatNetwork {
  readonly model: OnnxModel;
  /** Of every floating-point value. */
  readonly storages: ReadonlyMap<string, TensorStorage>;
  /** The inputs as the format holds them, by the names that the model gives them. */
  readonly feeds: NamedTensors;
}

/**
 * Writes a numeric format into the reference: constants as they are stored, and every layer's output rounded. Ranges of
 * quantised values that no model file tells are those of this one input.
 */
export function formatNetwork(reference: ReferenceNetwork, board: BoardFormat): FormatNetwork {
  const { facts, origin, values } = reference;
  const { format, rounding = likelyRounding, arithmetic = likelyArithmetic } = board;
  const { graph } = reference.model;
  const model: OnnxModel = {
    ...reference.model,
    graph: { ...graph, node: graph.node.map(copied), initializer: [...graph.initializer] },
  };
  const layers = findLayers(model, facts);
  const ranged = [...graph.input.map(({ name }) => name), ...layers.flatMap(({ outputs }) => outputs)];
  const ranges = new Map(format === 'fp16' ? [] : ranged.flatMap((name) => rangeOf(name, values.get(name))));
  const storages = assignStorage(model, layers, facts, format, ranges);
  for (const [name, storage] of board.storages ?? []) if (storages.has(name)) storages.set(name, storage);
  const constants = convertConstants(model, layers, storages, format, rounding, origin);
  model.graph.output = graph.output.map(({ name }) => {
    const { dtype, shape } = facts.get(name)!;
    return makeValueInfo(name, dtype, shape);
  });
  const rounded = layers
    .filter(({ moves }) => !moves)
    .flatMap(({ outputs }) => outputs)
    .map((name) => ({ tensor: name, storage: storages.get(name)! }));
  const inputs = graph.input.map(({ name }) => float32OrAsIs(facts.get(name)!.dtype));
  const outputs = graph.output.map(({ name }) => float32OrAsIs(facts.get(name)!.dtype));
  const program = { inputs, outputs, rounded, floatBiases: constants.floatBiases };
  const result = roundLayers(model, program, arithmetic);
  const feeds = graph.input.map(({ name }, i): [string, Tensor] => [
    result.graph.input[i]!.name,
    asStored(values.get(name)!, storages.get(name)!),
  ]);
  return { model: result, storages, feeds: new Map(feeds) };
}

/** Fields that have their default value are on a message's prototype, so that a spread would lose them. */
const copied = <T extends object>(message: T): T =>
  Object.assign(Object.create(Object.getPrototypeOf(message) as object | null) as T, message);

const float32OrAsIs = (dtype: TensorStorage['dtype']): TensorStorage =>
  dtype === 'float32' ? float32Storage : { dtype, quantisation: { kind: 'none' } };

/** What is left of an input's real values after it was stored. Integers pass through the network's edge unchanged. */
function asStored(feed: Tensor, storage: TensorStorage): Tensor {
  if (feed.dtype !== 'float32') return feed;
  const real = tensor('float32', feed.shape, elementsOf('float32', bytesOf(feed.data)));
  return dequantise(encodeValues(real, storage, 'nearest'), storage.quantisation);
}

function rangeOf(name: string, value: Tensor | undefined): [string, ValueRange][] {
  if (value?.dtype !== 'float32') return [];
  let min = Infinity;
  let max = -Infinity;
  const elements = elementsOf('float32', bytesOf(value.data));
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i]!;
    if (element < min) min = element;
    if (element > max) max = element;
  }
  return [[name, min <= max ? { min, max } : { min: 0, max: 0 }]];
}
