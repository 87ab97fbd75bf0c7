import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import type { InjectedFault } from '../npu-format/round-layers.ts';
import type { TensorStorage } from '../npu-format/tensor-storage.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { readRknn, type RknnFile } from '../rknn-file/rknn-file.ts';
import type { RknnTrailer } from '../rknn-file/trailer.ts';
import { defaultArithmetic, type RknnArithmetic } from './arithmetic.ts';
import { fuseLayers, singleLayers } from './fuse-layers.ts';
import { RknnImportError, RknnPrecompiledError } from './import-error.ts';
import { readGraph, type RknnGraph } from './read-graph.ts';
import { tensorName, writeNetwork, type WrittenNetwork } from './write-network.ts';

export interface ImportOptions {
  /** Named freedoms of the NPU's arithmetic; the defaults are those of drivers 1.5.1 to 1.7.5. */
  readonly arithmetic?: Partial<RknnArithmetic> | undefined;
}

/** A step of the NPU, as drivers fuse the file's nodes. */
export interface ImportedLayer {
  /** Indices of the file's nodes, in order. */
  readonly nodes: readonly number[];
  /** The vendor's operators, without prefix. */
  readonly ops: readonly string[];
  /** True: values only move, nothing is computed. */
  readonly moves: boolean;
  readonly outputs: readonly ImportedTensor[];
}

export interface ImportedTensor {
  /** `<layer name>_<uid>`, as in the file; with the port behind it for all but a node's first output. */
  readonly name: string;
  /** NumPy order. */
  readonly shape: readonly number[];
  readonly storage: TensorStorage;
}

/**
 * The network of a .rknn file, in two forms. Both are models of what an NPU does with the file, made from its
 * description: no claim about the chip's own arithmetic beyond the named freedoms.
 */
export interface ImportedRknn {
  readonly trailer: RknnTrailer;
  /** As a runtime describes them. */
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  /** In execution order. */
  readonly layers: readonly ImportedLayer[];
  /** Formats of all tensors that nodes make, by name, and of inputs and outputs by theirs. */
  readonly storages: ReadonlyMap<string, TensorStorage>;
  /**
   * What the converter kept: weights decoded, nothing rounded. Inputs and outputs are real values in float32, behind
   * the runtime's mean, std and reorder; intermediate tensors keep the file's names.
   */
  floatNetwork(): OnnxModel;
  /**
   * What the file says: inputs and outputs are stored elements (codes, halves); every layer is rounded once. Without
   * options it is the same model each time: not to be changed.
   */
  convertedNetwork(options?: ConvertedOptions): OnnxModel;
}

export interface ConvertedOptions {
  /** A deviation to inject into layers, by the name of the layer's output or `*`. */
  readonly fault?: InjectedFault | undefined;
  /** Outputs of layers that become further outputs of the model, in this order, as real values. */
  readonly reveal?: readonly string[] | undefined;
  readonly arithmetic?: Partial<RknnArithmetic> | undefined;
}

/**
 * Reads a .rknn file that is not pre-compiled and makes its network computable.
 *
 * @param origin - File the bytes come from, for messages.
 * @throws {HilError} Owner `spec`: no such file, encrypted, pre-compiled, damaged, or with an operator that is not
 *   supported, which is named with its node.
 */
export function importRknn(bytes: Uint8Array, origin: string, options: ImportOptions = {}): ImportedRknn {
  return importRknnFile(readRknn(bytes, origin), origin, options);
}

/** The same for a file that was read already. */
export function importRknnFile(file: RknnFile, origin: string, options: ImportOptions = {}): ImportedRknn {
  if (file.trailer.pre_compile === 1) throw new RknnPrecompiledError(origin);
  if ((file.trailer.nodes ?? []).length === 0) throw new RknnImportError(origin, 'it lists no nodes');
  const graph = readGraph(file, origin);
  const arithmetic = { ...defaultArithmetic, ...options.arithmetic };
  // Written at once, so that whatever is wrong with the file is said now.
  const converted = writeNetwork(graph, origin, { arithmetic });
  return {
    trailer: file.trailer,
    inputs: graph.inputs,
    outputs: graph.outputs,
    layers: layersOf(graph, converted, arithmetic, origin),
    storages: storagesOf(graph),
    floatNetwork: () => writeNetwork(graph, origin, {}).model,
    convertedNetwork: (wanted) =>
      wanted === undefined
        ? converted.model
        : writeNetwork(graph, origin, { ...wanted, arithmetic: { ...arithmetic, ...wanted.arithmetic } })
            .model,
  };
}

function layersOf(
  graph: RknnGraph,
  { shapes }: WrittenNetwork,
  { fusion }: RknnArithmetic,
  origin: string,
): ImportedLayer[] {
  const layers = fusion === 'driver' ? fuseLayers(graph, origin) : singleLayers(graph);
  return layers.map(({ nodes, moves }) => {
    const last = graph.nodes[nodes.at(-1)!]!;
    return {
      nodes,
      moves,
      ops: nodes.map((id) => graph.nodes[id]!.op),
      outputs: last.outputs.map(({ storage }, port) => {
        const name = tensorName(last, port);
        return { name, storage, shape: shapes.get(name)! };
      }),
    };
  });
}

function storagesOf({ inputs, outputs, nodes }: RknnGraph): Map<string, TensorStorage> {
  const edges = [...inputs, ...outputs].map(
    ({ name, dtype, quantisation }) => [name, { dtype, quantisation }] as const,
  );
  const made = nodes.flatMap((node) =>
    node.outputs.map(({ storage }, port) => [tensorName(node, port), storage] as const),
  );
  return new Map([...edges, ...made]);
}
