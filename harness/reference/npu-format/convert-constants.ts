import { bytesOf, elementsOf } from '../../tensor/dtype.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { dtypeToOnnx, makeNode, tensorToOnnx, type OnnxModel, type OnnxNode } from '../onnx/model.ts';
import { chooseStorage, type ModelFormat } from './choose-storage.ts';
import { constantRole } from './constant-role.ts';
import { ModelConversionError } from './conversion-error.ts';
import { affineOf, encodeValues, type HalfRounding } from './encode-values.ts';
import type { Layer } from './find-layers.ts';
import { GraphView } from './graph-view.ts';
import { float16Storage, float32Storage, type TensorStorage } from './tensor-storage.ts';

/** How a converter writes the constants of float16 layers. */
export interface ConstantRounding {
  readonly weights: HalfRounding;
  /** Element type of the biases of float16 layers. */
  readonly bias: 'float16' | 'float32';
}

/** A constant that was converted. */
export interface StoredConstant {
  /** Initialiser that holds the stored elements. */
  readonly initializer: string;
  readonly storage: TensorStorage;
}

export interface ConvertedConstants {
  /** By the name under which nodes read the value; constants that are kept as they are do not appear. */
  readonly byValue: ReadonlyMap<string, StoredConstant>;
  /** Nodes that turn stored elements into values; no part of the network. */
  readonly decoders: ReadonlySet<OnnxNode>;
  /** Initialisers that hold biases as float32. */
  readonly floatBiases: readonly string[];
}

/** The network's own nodes keep their names; a name must not occur twice. */
const unnamed = { name: '' };

/**
 * Replaces the floating-point constants of a graph by what the NPU holds: stored elements of the right type and, ahead
 * of the network, the nodes that decode them (Cast, Sub, Mul: DequantizeLinear exists only since opset 10 and knows no
 * int16 before 21). In place.
 *
 * Weights are per tensor, never per channel. A bias of an integer layer has scale = input scale * weight scale.
 */
export function convertConstants(
  model: OnnxModel,
  layers: readonly Layer[],
  storages: ReadonlyMap<string, TensorStorage>,
  format: ModelFormat,
  rounding: ConstantRounding,
  origin: string,
): ConvertedConstants {
  const { graph } = model;
  const view = new GraphView(graph);
  const byValue = new Map<string, StoredConstant>();
  const decoderList: OnnxNode[] = [];
  const floatBiases = new Set<string>();
  const known = new Map<string, string>();

  for (const layer of layers) {
    const head = layer.nodes[0]!;
    const input = storages.get(head.input.find((name) => name !== '' && !view.isConstant(name)) ?? '');
    const integers = format !== 'fp16' && input !== undefined && input.quantisation.kind !== 'none';
    let weights: TensorStorage | undefined;
    for (const node of layer.nodes) {
      // Weights stand before biases in every operator's inputs.
      node.input = node.input.map((name, index) => {
        const constant = view.constant(name, origin);
        if (constant?.dtype !== 'float32') return name;
        const values = floats(constant);
        const role = constantRole(layer, node, index, values.data.length);
        refuseNonFinite(name, values, role, origin);
        const storage = storageFor(role, values);
        if (role === 'weights') weights = storage;
        if (role === 'bias' && storage === float32Storage) floatBiases.add(name);
        return store(name, values, storage);
      });
    }

    function storageFor(role: string, values: Tensor<'float32'>): TensorStorage {
      if (role === 'exact') return float32Storage;
      if (role === 'parameter') return float16Storage;
      if (role === 'bias') {
        if (!integers || !weights) return rounding.bias === 'float16' ? float16Storage : float32Storage;
        return biasStorage(format, input, weights);
      }
      return integers ? chooseStorage(format, rangeOf(values.data)) : float16Storage;
    }
  }

  const decoders = new Set(decoderList);
  graph.node.unshift(...decoderList);
  const read = new Set(graph.node.flatMap((node) => node.input));
  graph.initializer = graph.initializer.filter(({ name }) => read.has(name));
  return { byValue, decoders, floatBiases: [...floatBiases] };

  /** @returns The name under which the decoded value is read. */
  function store(name: string, values: Tensor<'float32'>, storage: TensorStorage): string {
    if (storage.dtype === 'float32') return name;
    const key = JSON.stringify([name, storage]);
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const initializer = view.freshName(`${name}/${storage.dtype}`);
    const value = view.freshName(`${name}/value`);
    graph.initializer.push(tensorToOnnx(initializer, encodeValues(values, storage, rounding.weights)));
    decoderList.push(...decode(initializer, value, storage));
    byValue.set(value, { initializer, storage });
    known.set(key, value);
    return value;
  }

  function decode(from: string, to: string, { quantisation }: TensorStorage): OnnxNode[] {
    const cast = (output: string) =>
      makeNode('Cast', [from], [output], { to: { int: dtypeToOnnx('float32') } }, unnamed);
    if (quantisation.kind === 'none') return [cast(to)];
    const { step, zp } = affineOf(quantisation);
    const codes = view.freshName(`${to}/codes`);
    const nodes = [cast(codes)];
    const centred = zp === 0 ? codes : view.freshName(`${to}/centred`);
    if (zp !== 0) nodes.push(makeNode('Sub', [codes, scalar(`${to}/zp`, zp)], [centred], {}, unnamed));
    return [...nodes, makeNode('Mul', [centred, scalar(`${to}/scale`, step)], [to], {}, unnamed)];
  }

  function scalar(wish: string, value: number): string {
    const name = view.freshName(wish);
    graph.initializer.push(tensorToOnnx(name, tensor('float32', [], Float32Array.of(value))));
    return name;
  }
}

function biasStorage(format: ModelFormat, input: TensorStorage, weights: TensorStorage): TensorStorage {
  if (input.quantisation.kind === 'dfp' && weights.quantisation.kind === 'dfp') {
    const fl = input.quantisation.fl + weights.quantisation.fl;
    return { dtype: format === 'i16' ? 'int64' : 'int32', quantisation: { kind: 'dfp', fl } };
  }
  const scale = Math.fround(affineOf(input.quantisation).step * affineOf(weights.quantisation).step);
  return { dtype: 'int32', quantisation: { kind: 'affine', scale, zp: 0 } };
}

function rangeOf(values: Float32Array): { min: number; max: number } {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function refuseNonFinite(name: string, { data }: Tensor<'float32'>, role: string, origin: string): void {
  if (role === 'exact') return;
  let position = 0;
  while (position < data.length && Number.isFinite(data[position])) position++;
  if (position === data.length) return;
  throw new ModelConversionError(origin, `element ${position} of constant ${name} is ${data[position]}`, {
    hint: 'Export the network again from weights that are all finite.',
  });
}

const floats = ({ shape, data }: Tensor): Tensor<'float32'> =>
  tensor('float32', shape, elementsOf('float32', bytesOf(data)));
