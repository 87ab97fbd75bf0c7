import type { GraphNode, RknnGraph } from '../reference/rknn/read-graph.ts';

/** Nodes of two files that are the same step of the network; one side is absent where the other file has no such step. */
export interface NodePair {
  readonly before?: GraphNode | undefined;
  readonly after?: GraphNode | undefined;
}

/**
 * Pairs the nodes of two files in execution order. Converters number nodes anew, so a node is known by its layer's name;
 * nodes between two that are known, with other names on both sides, are paired by operator.
 */
export function alignNodes(before: RknnGraph, after: RknnGraph): NodePair[] {
  const [old, now] = [before, after].map(({ nodes, order }) => order.map((id) => nodes[id]!));
  return pairRuns(old!, now!, nameOf).flatMap((run) =>
    'pair' in run
      ? [run.pair]
      : pairRuns(run.before, run.after, ({ op }) => op).flatMap((inner): NodePair[] =>
          'pair' in inner
            ? [inner.pair]
            : [
                ...inner.before.map((node) => ({ before: node })),
                ...inner.after.map((node) => ({ after: node })),
              ],
        ),
  );
}

/** `<name>_<uid>` without the number that the converter counted. */
export const nameOf = ({ lid }: GraphNode): string => lid.replace(/_\d+$/, '');

type Run =
  | { readonly pair: Required<NodePair> }
  | { readonly before: readonly GraphNode[]; readonly after: readonly GraphNode[] };

/** The longest common subsequence by a key, and what stands between its members. */
function pairRuns(
  before: readonly GraphNode[],
  after: readonly GraphNode[],
  keyOf: (node: GraphNode) => string,
): Run[] {
  const lengths = commonLengths(before.map(keyOf), after.map(keyOf));
  const runs: Run[] = [];
  let gap: { before: GraphNode[]; after: GraphNode[] } = { before: [], after: [] };
  const endGap = () => {
    if (gap.before.length + gap.after.length > 0) runs.push(gap);
    gap = { before: [], after: [] };
  };
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]];
    if (old && now && keyOf(old) === keyOf(now)) {
      endGap();
      runs.push({ pair: { before: old, after: now } });
      i++;
      j++;
    } else if (old && (!now || lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
      gap.before.push(old);
      i++;
    } else if (now) {
      gap.after.push(now);
      j++;
    }
  }
  endGap();
  return runs;
}

/** `[i][j]`: length of the longest common subsequence of what follows. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i]![j] =
        before[i] === after[j]
          ? lengths[i + 1]![j + 1]! + 1
          : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  return lengths;
}
