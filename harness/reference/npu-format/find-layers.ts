import { attributeOf, type OnnxModel, type OnnxNode } from '../onnx/model.ts';
import { elementCount } from '../../tensor/tensor.ts';
import { GraphView } from './graph-view.ts';
import type { NetworkFacts } from './network-facts.ts';

/** What the NPU does as one step: the nodes that it fuses, in order. Only the last one's outputs are rounded. */
export interface Layer {
  readonly nodes: readonly OnnxNode[];
  /** Floating-point outputs of the last node. */
  readonly outputs: readonly string[];
  /** True for a layer that only moves values, so that its outputs have its inputs' numeric format. */
  readonly moves: boolean;
}

/** Operators whose outputs hold values of their (floating-point) inputs and no others, but maybe zeros. */
const movers = new Set([
  'Concat',
  'DepthToSpace',
  'Expand',
  'Flatten',
  'GlobalMaxPool',
  'MaxPool',
  'Reshape',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
]);

/**
 * Groups a folded graph into the layers that the driver makes of it: convolution with ReLU and small max pooling,
 * fully connected with bias and ReLU, addition with ReLU; every other node is a layer of its own. Layers are in
 * execution order. Nodes that compute no floating-point tensor (shape arithmetic, class indices) are in none.
 */
export function findLayers({ graph }: OnnxModel, facts: NetworkFacts): Layer[] {
  const view = new GraphView(graph);
  const fused = new Set<OnnxNode>();
  const layers: Layer[] = [];
  for (const head of graph.node) {
    if (fused.has(head)) continue;
    const nodes = chainFrom(head, view, facts);
    for (const node of nodes) fused.add(node);
    const outputs = nodes.at(-1)!.output.filter((name) => facts.get(name)?.dtype === 'float32');
    if (outputs.length > 0) layers.push({ nodes, outputs, moves: nodes.length === 1 && isMover(head, view) });
  }
  // A fused layer runs where its last node stood.
  const position = new Map(graph.node.map((node, index) => [node, index]));
  return layers.toSorted((a, b) => position.get(a.nodes.at(-1)!)! - position.get(b.nodes.at(-1)!)!);
}

function isMover({ opType, domain, input }: OnnxNode, view: GraphView): boolean {
  if (domain !== '') return false;
  // Tables of constants are data of another format than what flows through the network.
  return (
    movers.has(opType) &&
    !(opType === 'Concat' ? input.some((name) => view.isConstant(name)) : view.isConstant(input[0]))
  );
}

function chainFrom(head: OnnxNode, view: GraphView, facts: NetworkFacts): OnnxNode[] {
  const chain = [head];
  const next = () => {
    const last = chain.at(-1)!;
    return last.output.length === 1 ? view.soleReaderOf(last.output[0]!) : undefined;
  };
  const extendIf = (accepts: (node: OnnxNode) => boolean) => {
    const node = next();
    if (node?.domain === '' && accepts(node)) chain.push(node);
  };
  if (head.domain !== '') return chain;
  switch (head.opType) {
    case 'Conv':
    case 'ConvTranspose':
      extendIf((node) => isRectifier(node, view));
      if (head.opType === 'Conv') extendIf(isSmallMaxPool);
      break;
    case 'MatMul':
      if (!view.isConstant(head.input[1])) break;
      extendIf((node) => isBias(node, view, facts));
      extendIf((node) => isRectifier(node, view));
      break;
    case 'Gemm':
      extendIf((node) => isRectifier(node, view));
      break;
    case 'Add':
      if (!head.input.some((name) => view.isConstant(name))) extendIf((node) => isRectifier(node, view));
      break;
  }
  return chain;
}

/** ReLU, or a Clip from 0 (ReLU6). */
function isRectifier(node: OnnxNode, view: GraphView): boolean {
  if (node.opType === 'Relu') return true;
  if (node.opType !== 'Clip') return false;
  const limit =
    node.input[1] === undefined ? attributeOf(node, 'min')?.f : view.constant(node.input[1], '')?.data[0];
  return Number(limit) === 0;
}

/** Windows of 2x2 or 3x3 with stride 2 and no padding go into the convolution. */
function isSmallMaxPool(node: OnnxNode): boolean {
  if (node.opType !== 'MaxPool' || node.output.length > 1) return false;
  const numbers = (name: string) => attributeOf(node, name)?.ints.map(Number) ?? [];
  const kernel = numbers('kernel_shape');
  const strides = numbers('strides');
  const padded = numbers('pads').some((pad) => pad !== 0) || attributeOf(node, 'ceil_mode')?.i === 1n;
  const automatic = new TextDecoder().decode(attributeOf(node, 'auto_pad')?.s ?? new Uint8Array());
  return (
    kernel.length === 2 &&
    kernel.every((extent) => extent === kernel[0] && (extent === 2 || extent === 3)) &&
    strides.length === 2 &&
    strides.every((stride) => stride === 2) &&
    !padded &&
    !automatic.startsWith('SAME')
  );
}

/** One constant for each output of a fully connected layer. */
function isBias(node: OnnxNode, view: GraphView, facts: NetworkFacts): boolean {
  if (node.opType !== 'Add') return false;
  const shape = facts.get(node.output[0]!)?.shape ?? [];
  return node.input.some((name) => {
    const constant = view.constant(name, '');
    return (
      constant !== undefined &&
      elementCount(constant.shape) === shape.at(-1) &&
      constant.shape.at(-1) === shape.at(-1)
    );
  });
}
