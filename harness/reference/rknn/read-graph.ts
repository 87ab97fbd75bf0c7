import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import type { TensorStorage } from '../npu-format/tensor-storage.ts';
import type { RknnFile } from '../rknn-file/rknn-file.ts';
import { storageFromRknn, tensorAttributes } from '../rknn-file/tensor-attributes.ts';
import type { RknnTrailer } from '../rknn-file/trailer.ts';
import { RknnImportError } from './import-error.ts';
import { readConstants, shapeOf, type StoredConstant } from './read-constants.ts';

/** What stands at an input of a node. */
export type Source =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly constant: StoredConstant }
  | { readonly kind: 'node'; readonly node: number; readonly port: number };

export interface GraphNode {
  /** Index in the file's list. */
  readonly id: number;
  /** `<name>_<uid>`. */
  readonly lid: string;
  /** The vendor's operator without its prefix, e.g. `CONV2D`. */
  readonly op: string;
  /** Operator parameters, by operator, as they stand in the file. */
  readonly parameters: unknown;
  /** By port; undefined where nothing is connected. */
  readonly inputs: readonly (Source | undefined)[];
  readonly outputs: readonly NodeOutput[];
}

export interface NodeOutput {
  readonly storage: TensorStorage;
  /** Only where the file says it: for outputs of the network. */
  readonly shape?: readonly number[] | undefined;
}

/** A network as a .rknn file describes it; every reference leads somewhere. */
export interface RknnGraph {
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  /** Where each output of the network comes from. */
  readonly results: readonly Source[];
  /** By their index in the file. */
  readonly nodes: readonly GraphNode[];
  /** Indices of the nodes, each after what it reads. */
  readonly order: readonly number[];
}

const operatorPrefix = /^(VSI_NN_OP_|RKNN_OP_)/;
const maxPorts = 1024;

/** @throws {HilError} Owner `spec`: the description contradicts itself or leaves something open. */
export function readGraph({ payload, trailer }: RknnFile, origin: string): RknnGraph {
  const inputs = tensorAttributes(trailer, 'input', origin);
  const outputs = tensorAttributes(trailer, 'output', origin);
  const normTensors = readNormTensors(trailer, origin);
  const constants = readConstants(trailer, payload, origin);
  const ports = connect(trailer, constants, normTensors, origin);
  const nodes = (trailer.nodes ?? []).map(({ lid, op, ...rest }, id): GraphNode => {
    const port = ports[id]!;
    return {
      id,
      lid,
      op: op.replace(operatorPrefix, ''),
      parameters: rest['nn'],
      inputs: Array.from({ length: port.inputs.length }, (_, index) => port.inputs[index]),
      outputs: Array.from({ length: port.outputs.length }, (_, index) => {
        const output = port.outputs[index];
        if (!output) throw new RknnImportError(origin, `output ${index} of node ${lid} has no element type`);
        return output;
      }),
    };
  });
  const results = outputs.map(({ name }, index): Source => {
    const made = ports.results.get(index);
    if (made) return made;
    throw new RknnImportError(origin, `no node makes output ${index}${name === '' ? '' : ` (${name})`}`);
  });
  return { inputs, outputs, results, nodes, order: executionOrder(nodes, origin) };
}

interface NormTensor {
  readonly shape: readonly number[];
  readonly storage: TensorStorage;
  readonly input?: number | undefined;
  readonly output?: number | undefined;
}

function readNormTensors(trailer: RknnTrailer, origin: string): Map<number, NormTensor> {
  const rolesOf = (side: 'input' | 'output') =>
    new Map(
      trailer.graph
        .filter(({ left }) => left === side)
        .map(({ left_tensor_id, right_tensor_id }) => [right_tensor_id, left_tensor_id]),
    );
  const [inputs, outputs] = [rolesOf('input'), rolesOf('output')];
  return new Map(
    trailer.norm_tensor.map(({ tensor_id: id, size, dtype }) => [
      id,
      {
        shape: shapeOf(size, `norm_tensor ${id}`, origin),
        storage: storageFromRknn(dtype, `${origin}: norm_tensor ${id}`),
        input: inputs.get(id),
        output: outputs.get(id),
      },
    ]),
  );
}

interface Ports {
  readonly inputs: (Source | undefined)[];
  readonly outputs: (NodeOutput | undefined)[];
}

/** Ports of every node, and what makes the network's outputs. */
type Connections = Ports[] & { readonly results: Map<number, Source> };

function connect(
  trailer: RknnTrailer,
  constants: ReadonlyMap<number, StoredConstant>,
  normTensors: ReadonlyMap<number, NormTensor>,
  origin: string,
): Connections {
  const ports = (trailer.nodes ?? []).map((): Ports => ({ inputs: [], outputs: [] }));
  const results = new Map<number, Source>();
  const lidOf = (id: number) => trailer.nodes![id]!.lid;
  const set = <T>(list: (T | undefined)[], port: number, value: T, what: string) => {
    if (port >= maxPorts) throw new RknnImportError(origin, `${what} is beyond ${maxPorts} ports`);
    if (list[port] !== undefined) throw new RknnImportError(origin, `${what} is connected twice`);
    list[port] = value;
  };

  for (const { node_id: node, output_port: port, dtype } of trailer.virtual_tensor ?? []) {
    const storage = storageFromRknn(dtype, `${origin}: output ${port} of node ${lidOf(node)}`);
    set(ports[node]!.outputs, port, { storage }, `output ${port} of node ${lidOf(node)}`);
  }
  // Outputs first: a node may read a tensor that is an output of the network too.
  const edges = (trailer.connection ?? []).toSorted((a, b) => b.left.localeCompare(a.left));
  for (const { node_id: node, left, left_tensor_id: port, right_node, right_tensor } of edges) {
    const what = `${left} ${port} of node ${lidOf(node)}`;
    if (left === 'output') {
      if (!right_tensor) continue;
      const target =
        right_tensor.type === 'norm_tensor' ? normTensors.get(right_tensor.tensor_id) : undefined;
      if (target?.output === undefined) {
        throw new RknnImportError(origin, `${what} goes to a tensor that is no output of the network`);
      }
      // The file may list the same tensor under virtual_tensor as well.
      if (ports[node]!.outputs[port]) ports[node]!.outputs[port] = undefined;
      set(ports[node]!.outputs, port, { storage: target.storage, shape: target.shape }, what);
      results.set(target.output, { kind: 'node', node, port });
      continue;
    }
    if (right_node) {
      set(
        ports[node]!.inputs,
        port,
        { kind: 'node', node: right_node.node_id, port: right_node.tensor_id },
        what,
      );
    } else if (right_tensor?.type === 'const_tensor') {
      const constant = constants.get(right_tensor.tensor_id)!;
      set(ports[node]!.inputs, port, { kind: 'constant', constant }, what);
    } else if (right_tensor) {
      const index = normTensors.get(right_tensor.tensor_id)!.input;
      const made = normTensors.get(right_tensor.tensor_id)!.output;
      const source = index === undefined ? results.get(made ?? -1) : ({ kind: 'input', index } as const);
      if (!source)
        throw new RknnImportError(origin, `${what} reads a tensor that is no input of the network`);
      set(ports[node]!.inputs, port, source, what);
    }
  }
  for (const [node, { inputs }] of ports.entries()) {
    inputs.forEach((source, port) => {
      if (source?.kind === 'node' && ports[source.node]!.outputs[source.port] === undefined) {
        throw new RknnImportError(
          origin,
          `input ${port} of node ${lidOf(node)} reads output ${source.port} of node ${lidOf(source.node)}, which is not described`,
        );
      }
    });
  }
  return Object.assign(ports, { results });
}

/** As in the file where it can be so: the converter lists nodes in the order of execution. */
function executionOrder(nodes: readonly GraphNode[], origin: string): number[] {
  const missing = nodes.map(
    ({ inputs }) => new Set(inputs.flatMap((source) => (source?.kind === 'node' ? [source.node] : []))).size,
  );
  const readers = nodes.map((): number[] => []);
  for (const { id, inputs } of nodes) {
    for (const source of new Set(inputs.flatMap((each) => (each?.kind === 'node' ? [each.node] : [])))) {
      readers[source]!.push(id);
    }
  }
  const order: number[] = [];
  let ready = nodes.flatMap(({ id }) => (missing[id] === 0 ? [id] : []));
  while (ready.length > 0) {
    const next: number[] = [];
    for (const id of ready) {
      order.push(id);
      for (const reader of readers[id]!) if (--missing[reader]! === 0) next.push(reader);
    }
    ready = next.toSorted((a, b) => a - b);
  }
  if (order.length < nodes.length) {
    const stuck = nodes.find(({ id }) => missing[id]! > 0)!;
    throw new RknnImportError(origin, `node ${stuck.lid} needs its own result: the graph has a loop`);
  }
  return order;
}
