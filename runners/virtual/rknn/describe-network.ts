import type { ConvertedNetwork } from '../../../harness/reference/npu-format/convert-network.ts';
import { dtypeFromOnnx, type OnnxNode } from '../../../harness/reference/onnx/model.ts';
import { storageToRknn } from '../../../harness/reference/rknn-file/tensor-attributes.ts';
import type { RknnDtype, RknnTrailer } from '../../../harness/reference/rknn-file/trailer.ts';
import { notQuantised } from '../../../harness/tensor/quantisation.ts';
import { describeNode, operationOf } from './describe-node.ts';
import type { Framework } from './input-channels.ts';
import { locateInitializers } from './locate-initializers.ts';
import type { VirtualSection } from './virtual-section.ts';

type ListName = 'nodes' | 'norm_tensor' | 'const_tensor' | 'virtual_tensor' | 'connection' | 'graph';
type Lists = { [Name in ListName]: NonNullable<RknnTrailer[Name]> };

/** The part of a .rknn description that tells of the network, and our own section. */
export interface NetworkDescription extends Lists {
  readonly hil_virtual: VirtualSection;
}

/**
 * Describes a converted network with the vendor's lists, in which outputs stand before inputs in `norm_tensor`. Nodes are
 * in execution order. As with the vendor, uids count up from the output for ONNX networks, and from the input for Caffe's,
 * whose nodes are called after their layers.
 *
 * @param payload - The network as written to the file; constants are located in it.
 */
export function describeNetwork(
  network: ConvertedNetwork,
  payload: Uint8Array,
  framework: Framework,
): NetworkDescription {
  const { model, facts, layers, storages, constants } = network;
  const { graph } = model;
  const nodes = graph.node.filter((node) => !constants.decoders.has(node));
  const position = new Map(nodes.map((node, index) => [node, index]));
  const madeBy = new Map(
    nodes.flatMap((node, id) => node.output.map((name, port) => [name, { id, port }] as const)),
  );
  const initializers = new Map(graph.initializer.map((constant) => [constant.name, constant]));
  const ranges = locateInitializers(payload);

  const dtypeOf = (name: string): RknnDtype =>
    storageToRknn(
      storages.get(name) ?? { dtype: facts.get(name)?.dtype ?? 'float32', quantisation: notQuantised },
    );
  const constantOf = (name: string) => initializers.get(constants.byValue.get(name)?.initializer ?? name);
  const shapeOf = (name: string) => constantOf(name)?.dims.map(Number) ?? facts.get(name)?.shape ?? [];

  const normNames = [...graph.output, ...graph.input].map(({ name }) => name);
  const normId = new Map(normNames.map((name, id) => [name, id]));
  const constantIds = new Map<string, number>();
  const lists: Lists = {
    nodes: [],
    norm_tensor: [],
    const_tensor: [],
    virtual_tensor: [],
    connection: [],
    graph: [],
  };

  for (const [id, name] of normNames.entries()) {
    lists.norm_tensor.push({ tensor_id: id, ...sizeOf(shapeOf(name)), dtype: dtypeOf(name), url: name });
  }
  for (const [id, node] of nodes.entries()) {
    lists.nodes.push(entryOf(node, framework === 'caffe' ? id + 1 : nodes.length - id));
    for (const [port, name] of node.input.entries()) {
      if (name !== '')
        lists.connection.push({ node_id: id, left: 'input', left_tensor_id: port, ...sourceOf(name) });
    }
    for (const [port, name] of node.output.entries()) {
      const output = graph.output.some((each) => each.name === name) ? normId.get(name) : undefined;
      if (output !== undefined) {
        const right_tensor = { type: 'norm_tensor', tensor_id: output } as const;
        lists.connection.push({ node_id: id, left: 'output', left_tensor_id: port, right_tensor });
      } else if (name !== '')
        lists.virtual_tensor.push({ node_id: id, output_port: port, dtype: dtypeOf(name) });
    }
  }
  for (const side of ['output', 'input'] as const) {
    for (const [index, { name }] of graph[side].entries()) {
      lists.graph.push({
        left: side,
        left_tensor_id: index,
        right: 'norm_tensor',
        right_tensor_id: normId.get(name)!,
      });
    }
  }
  return {
    ...lists,
    hil_virtual: {
      payload: 'onnx',
      schema: 1,
      layers: layers.map(({ nodes: fused, outputs, moves }) => ({
        ops: fused.map(({ opType }) => opType),
        nodes: fused.map((node) => position.get(node)!),
        moves,
        outputs: outputs.map((name) => ({
          tensor: name,
          size: shapeOf(name).toReversed(),
          dtype: dtypeOf(name),
        })),
      })),
      float_biases: [...constants.floatBiases],
    },
  };

  function entryOf(node: OnnxNode, uid: number): Lists['nodes'][number] {
    const name = framework === 'caffe' ? node.name : `${node.opType}_${node.output[0]}`;
    return {
      lid: `${name}_${uid}`,
      name,
      op: operationOf(node),
      uid,
      input_num: node.input.length,
      output_num: node.output.length,
      ...describeNode(node, node.input.map(shapeOf), shapeOf(node.output[0]!)),
    };
  }

  function sourceOf(name: string) {
    const source = madeBy.get(name);
    if (source) return { right_node: { node_id: source.id, tensor_id: source.port } };
    const type = constantOf(name) ? ('const_tensor' as const) : ('norm_tensor' as const);
    return {
      right_tensor: { type, tensor_id: type === 'norm_tensor' ? normId.get(name)! : constantId(name) },
    };
  }

  function constantId(name: string): number {
    const known = constantIds.get(name);
    if (known !== undefined) return known;
    const id = constantIds.size;
    constantIds.set(name, id);
    const stored = constantOf(name)!;
    const storage = constants.byValue.get(name)?.storage ?? {
      dtype: dtypeFromOnnx(stored.dataType) ?? 'float32',
      quantisation: notQuantised,
    };
    lists.const_tensor.push({
      tensor_id: id,
      ...sizeOf(stored.dims.map(Number)),
      dtype: storageToRknn(storage),
      ...(ranges.get(stored.name) ?? { offset: 0, len: 0 }),
    });
    return id;
  }
}

/** A scalar is a list of one. */
function sizeOf(shape: readonly number[]): { size: number[]; dim_num: number } {
  const size = shape.length === 0 ? [1] : shape.toReversed();
  return { size, dim_num: size.length };
}
