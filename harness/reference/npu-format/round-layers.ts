import { bytesOf, elementsOf } from '../../tensor/dtype.ts';
import { tensor } from '../../tensor/tensor.ts';
import {
  makeValueInfo,
  tensorToOnnx,
  type OnnxModel,
  type OnnxNode,
  type OnnxValueInfo,
} from '../onnx/model.ts';
import { encodeValues } from './encode-values.ts';
import { GraphView } from './graph-view.ts';
import { onnxOpset } from './prepare-graph.ts';
import { onnxFloat32, quantisingDomain, StorageNodes, type NpuArithmetic } from './storage-nodes.ts';
import { float16Storage, type TensorStorage } from './tensor-storage.ts';

/** A known deviation, put into layer outputs before they are rounded, to see whether a check notices. */
export interface InjectedFault {
  /** `scale`: multiplies by 1 + amount; `offset`: adds amount, in real units. */
  readonly kind: 'scale' | 'offset';
  /** Name of a layer's output tensor, or `*` for all of them. */
  readonly layer: string;
  readonly amount: number;
}

/** What of a converted network decides about its arithmetic. */
export interface NpuProgram {
  /** Formats of the inputs, in the graph's order. */
  readonly inputs: readonly TensorStorage[];
  /** Formats of the outputs, in the graph's order. */
  readonly outputs: readonly TensorStorage[];
  /** Float32 tensors that are rounded, and how they are stored. */
  readonly rounded: readonly { readonly tensor: string; readonly storage: TensorStorage }[];
  /** Initialisers that hold biases as float32. */
  readonly floatBiases: readonly string[];
}

/**
 * Writes the NPU's arithmetic into a converted network: its inputs and outputs become stored elements (u8 codes,
 * float16 bits, ...), and every layer's output passes through its format. A new model; the source is unchanged.
 * Intermediate sums stay float32: how wide the chip's accumulators are is not known.
 */
export function roundLayers(
  source: OnnxModel,
  program: NpuProgram,
  arithmetic: NpuArithmetic,
  fault?: InjectedFault,
): OnnxModel {
  const { graph } = source;
  const view = new GraphView(graph);
  const initializer = [...graph.initializer];
  const make = new StorageNodes(view, initializer, arithmetic, onnxOpset(source));
  const storages = new Map(program.rounded.map((each) => [each.tensor, each.storage]));
  /** Stored elements of the layer outputs, by their name as values. */
  const codes = new Map<string, string>();

  const node: OnnxNode[] = arithmetic.float16Bias === 'float16' ? roundBiases() : [];
  const input = graph.input.map((each, i) => {
    const stored = view.freshName(`${each.name}/stored`);
    node.push(...make.decode(stored, each.name, program.inputs[i]!, elemTypeOf(each)));
    return makeValueInfo(stored, program.inputs[i]!.dtype, shapeOf(each));
  });
  for (const each of graph.node) {
    const rounded = each.output.filter((name) => storages.has(name));
    const exact = new Map(rounded.map((name) => [name, view.freshName(`${name}/exact`)]));
    node.push({ ...each, output: each.output.map((name) => exact.get(name) ?? name) });
    for (const name of rounded) {
      const storage = storages.get(name)!;
      const stored = view.freshName(`${name}/rounded`);
      codes.set(name, stored);
      node.push(
        ...make.encode(injectFault(exact.get(name)!, name), stored, storage, onnxFloat32),
        ...make.decode(stored, name, storage, onnxFloat32),
      );
    }
  }
  const output = graph.output.map((each, i) => {
    const rounded = codes.get(each.name);
    // The engine drops a decoder and encoder in a row, and with them a value that is to be shown.
    const stored = rounded ?? view.freshName(`${each.name}/stored`);
    if (rounded === undefined) {
      node.push(...make.encode(each.name, stored, program.outputs[i]!, elemTypeOf(each)));
    }
    return makeValueInfo(stored, program.outputs[i]!.dtype, shapeOf(each));
  });
  return {
    ...source,
    opsetImport: withQuantisingDomain(source.opsetImport),
    graph: { ...graph, node, initializer, input, output },
  };

  function injectFault(from: string, layer: string): string {
    if (!fault || (fault.layer !== '*' && fault.layer !== layer)) return from;
    const to = view.freshName(`${layer}/fault`);
    node.push(
      fault.kind === 'scale'
        ? make.arithmetic('Mul', from, 1 + fault.amount, to)
        : make.arithmetic('Add', from, fault.amount, to),
    );
    return to;
  }

  function roundBiases(): OnnxNode[] {
    return program.floatBiases.map((name) => {
      const bias = view.constant(name, name)!;
      const values = tensor('float32', bias.shape, elementsOf('float32', bytesOf(bias.data)));
      const half = view.freshName(`${name}/float16`);
      const position = initializer.findIndex((constant) => constant.name === name);
      initializer[position] = tensorToOnnx(half, encodeValues(values, float16Storage, 'nearest'));
      return make.cast(half, name, onnxFloat32);
    });
  }
}

const elemTypeOf = ({ type }: OnnxValueInfo) => type!.tensorType!.elemType;
const shapeOf = ({ type }: OnnxValueInfo) =>
  type!.tensorType!.shape!.dim.map(({ dimValue }) => Number(dimValue));

function withQuantisingDomain(opsets: OnnxModel['opsetImport']): OnnxModel['opsetImport'] {
  const known = opsets.some(({ domain }) => domain === quantisingDomain);
  return known ? opsets : [...opsets, { ...opsets[0]!, domain: quantisingDomain, version: 1n }];
}
