import { fuseLayers } from '../reference/rknn/fuse-layers.ts';
import type { RknnGraph } from '../reference/rknn/read-graph.ts';
import { nameOf, type NodePair } from './align-nodes.ts';
import type { ModelDiff } from './model-diff.ts';

/** Which nodes a driver runs as one step in one file only; every step is rounded once, so other steps round elsewhere. */
export function diffFusions(
  pairs: readonly NodePair[],
  before: RknnGraph,
  after: RknnGraph,
  [oldFile, newFile]: readonly [string, string],
): ModelDiff['fusions'] {
  // A node goes by one name in both files, the new one's.
  const renamed = new Map(
    pairs.flatMap(({ before: old, after: now }) => (old && now ? [[old.id, nameOf(now)] as const] : [])),
  );
  const old = stepsOf(before, oldFile, (id) => renamed.get(id) ?? nameOf(before.nodes[id]!));
  const now = stepsOf(after, newFile, (id) => nameOf(after.nodes[id]!));
  return {
    before: old.filter((step) => !now.includes(step)),
    after: now.filter((step) => !old.includes(step)),
  };
}

const stepsOf = (graph: RknnGraph, file: string, nameOfNode: (id: number) => string): string[] =>
  fuseLayers(graph, file)
    .filter(({ nodes }) => nodes.length > 1)
    .map(({ nodes }) => nodes.map(nameOfNode).join(' + '));
