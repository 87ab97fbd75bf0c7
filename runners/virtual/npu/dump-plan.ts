import { elementCount } from '../../../harness/tensor/tensor.ts';
import type { VirtualLayer } from '../rknn/virtual-section.ts';

/** A layer under its number in the driver's graph. */
export interface DumpedLayer {
  readonly nodeId: number;
  /** Class of the driver's node: says what it can do, not what is inside. */
  readonly kind: string;
  /** Dumped as an array of 128 columns, as additions are that the driver turns into convolutions. */
  readonly flattened: boolean;
  readonly layer: VirtualLayer;
}

/** Node classes seen in dumps of real boards; others are called after their ONNX operator. */
const seenKinds: Readonly<Record<string, string>> = {
  Add: 'TensorAdd',
  AveragePool: 'PoolingLayer2',
  Conv: 'ConvolutionReluPoolingLayer2',
  ConvTranspose: 'ConvolutionReluPoolingLayer2',
  Gemm: 'FullyConnectedReluLayer',
  GlobalAveragePool: 'PoolingLayer2',
  GlobalMaxPool: 'PoolingLayer2',
  MatMul: 'FullyConnectedReluLayer',
  MaxPool: 'PoolingLayer2',
  Softmax: 'SoftMax2',
  Transpose: 'TensorTranspose',
};

/** Layers that only see the same bytes under another shape; the driver runs nothing for them. */
const views = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);

/** Classes whose nodes the driver makes anew, whether or not something is fused into them. */
const rebuilt = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

export const flattenedColumns = 128;

/**
 * Numbers the layers as the driver does: what it leaves alone keeps its index in the model, what it builds anew is
 * numbered after them, and additions that it rewrites as convolutions (optimisation level 3) come last.
 *
 * @param nodeCount - Nodes of the model before fusing.
 */
export function dumpPlan(
  layers: readonly VirtualLayer[],
  nodeCount: number,
  optimizationLevel: number,
): DumpedLayer[] {
  const isRewritten = ({ ops, outputs }: VirtualLayer) =>
    ops[0] === 'Add' && optimizationLevel >= 3 && elementCount(outputs[0]!.size) % flattenedColumns === 0;
  const isRebuilt = (layer: VirtualLayer) => rebuilt.has(layer.ops[0]!) || layer.ops.length > 1;
  const run = layers.filter(({ ops, moves }) => !(moves && views.has(ops[0]!)));
  const ids = new Map<VirtualLayer, number>();
  let next = nodeCount;
  for (const layer of run) if (isRebuilt(layer) && !isRewritten(layer)) ids.set(layer, next++);
  for (const layer of run) if (isRewritten(layer)) ids.set(layer, next++);
  return run.map((layer) => {
    const flattened = isRewritten(layer);
    const kind = flattened ? seenKinds['Conv']! : (seenKinds[layer.ops[0]!] ?? `Tensor${layer.ops[0]}`);
    return { nodeId: ids.get(layer) ?? layer.nodes.at(-1)!, kind, flattened, layer };
  });
}

/**
 * The plan of a precompiled network, which is one opaque node. Its class name has not been seen in a dump; this one is
 * ours.
 */
export function opaqueDumpPlan(outputs: VirtualLayer['outputs']): DumpedLayer[] {
  const layer: VirtualLayer = { ops: ['NBG'], nodes: [0], moves: false, outputs };
  return [{ nodeId: 0, kind: 'NetworkBinaryGraph', flattened: false, layer }];
}
