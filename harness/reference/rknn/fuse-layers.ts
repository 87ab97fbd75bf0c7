import { NodeParameters } from './node-parameters.ts';
import type { GraphNode, RknnGraph } from './read-graph.ts';

/** What the driver runs as one step: nodes in order; only the last one's outputs are stored. */
export interface RknnLayer {
  readonly nodes: readonly number[];
  /** Values only move: nothing is computed. */
  readonly moves: boolean;
}

/** Layers that sum up products take a ReLU in; additions too. */
const heads = new Set(['CONV2D', 'GROUPED_CONV2D', 'DECONVOLUTION', 'FCL', 'FCL2', 'ADD']);
const rectifiers = new Set(['RELU', 'RELU1', 'RELU6']);
const movers = new Set([
  'RESHAPE',
  'RESHAPE2',
  'PERMUTE',
  'CONCAT',
  'SPLIT',
  'SLICE',
  'STRIDED_SLICE',
  'CROP',
]);

/**
 * Groups a network's nodes as drivers fuse them: convolution with ReLU and small max pooling, fully connected and
 * addition with ReLU. Layers are in execution order.
 */
export function fuseLayers(graph: RknnGraph, origin: string): RknnLayer[] {
  const readers = readersOf(graph);
  const taken = new Set<number>();
  const layers: RknnLayer[] = [];
  for (const id of graph.order) {
    if (taken.has(id)) continue;
    const chain = [graph.nodes[id]!];
    const extendIf = (accepts: (node: GraphNode) => boolean) => {
      const last = chain.at(-1)!;
      const [only, ...more] = readers.get(last.id) ?? [];
      if (only === undefined || more.length > 0 || last.outputs.length !== 1) return;
      const next = graph.nodes[only]!;
      if (next.inputs.length === 1 && accepts(next)) chain.push(next);
    };
    const [head] = chain as [GraphNode];
    if (heads.has(head.op)) {
      extendIf(({ op }) => rectifiers.has(op));
      if (head.op === 'CONV2D') extendIf((node) => isSmallMaxPool(node, origin));
    }
    for (const node of chain) taken.add(node.id);
    layers.push({ nodes: chain.map((node) => node.id), moves: chain.length === 1 && movers.has(head.op) });
  }
  const place = new Map(graph.order.map((id, index) => [id, index]));
  return layers.toSorted((a, b) => place.get(a.nodes.at(-1)!)! - place.get(b.nodes.at(-1)!)!);
}

/** Every node as a layer of its own. */
export const singleLayers = ({ order, nodes }: RknnGraph): RknnLayer[] =>
  order.map((id) => ({ nodes: [id], moves: movers.has(nodes[id]!.op) }));

/** Nodes that read a node's first output, or -1 for the network's own outputs; once for each time. */
function readersOf({ nodes, results }: RknnGraph): Map<number, number[]> {
  const readers = new Map<number, number[]>();
  const add = (node: number, reader: number) => {
    const known = readers.get(node);
    if (known) known.push(reader);
    else readers.set(node, [reader]);
  };
  for (const { id, inputs } of nodes) {
    for (const source of inputs) if (source?.kind === 'node') add(source.node, id);
  }
  // Two readers that are no nodes keep an output of the network from being fused away.
  for (const source of results) {
    if (source.kind !== 'node') continue;
    add(source.node, -1);
    add(source.node, -1);
  }
  return readers;
}

/** Windows of 2x2 or 3x3 with stride 2 and no padding go into the convolution. */
function isSmallMaxPool(node: GraphNode, origin: string): boolean {
  if (node.op !== 'POOL') return false;
  const pool = new NodeParameters(node, origin, 'pool');
  const same = (name: string, allowed: readonly number[], fallback: readonly number[]) => {
    const values = pool.integers(name, { fallback });
    return values.every((value) => value === values[0] && allowed.includes(value));
  };
  return (
    pool.is('type', 'VX_CONVOLUTIONAL_NETWORK_POOLING_MAX') &&
    same('ksize', [2, 3], [0]) &&
    same('stride', [2], [0]) &&
    same('pad', [0], [0, 0, 0, 0])
  );
}
