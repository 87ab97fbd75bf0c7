import type { GraphNode, RknnGraph, Source } from '../reference/rknn/read-graph.ts';
import { nameOf, type NodePair } from './align-nodes.ts';
import type { NodeChange } from './model-diff.ts';

/** What changed of the network's steps: operators, their parameters, and where their inputs come from. */
export function diffNodes(pairs: readonly NodePair[], before: RknnGraph, after: RknnGraph): NodeChange[] {
  const counterpart = new Map(
    pairs.flatMap(({ before: old, after: now }) => (old && now ? [[old.id, now.id] as const] : [])),
  );
  return pairs.flatMap(({ before: old, after: now }): NodeChange[] => {
    if (!old || !now) {
      const node = (old ?? now)!;
      return [{ change: now ? 'added' : 'removed', node: nameOf(node), op: node.op }];
    }
    const what = [
      ...(old.op === now.op ? [] : [`op ${old.op} → ${now.op}`]),
      ...changedParameters(old.parameters, now.parameters, ''),
      ...changedInputs(old, now, before, after, counterpart),
    ];
    return what.length === 0 ? [] : [{ change: 'altered', node: nameOf(now), op: now.op, what }];
  });
}

/** Leaves of the parameters that differ, by their path in the file. */
function changedParameters(before: unknown, after: unknown, path: string): string[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      changedParameters(before[key], after[key], path === '' ? key : `${path}.${key}`),
    );
  }
  const [old, now] = [before, after].map((value) => (value === undefined ? 'absent' : JSON.stringify(value)));
  return old === now ? [] : [`${path === '' ? 'parameters' : path} ${old} → ${now}`];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function changedInputs(
  old: GraphNode,
  now: GraphNode,
  before: RknnGraph,
  after: RknnGraph,
  counterpart: ReadonlyMap<number, number>,
): string[] {
  return Array.from({ length: Math.max(old.inputs.length, now.inputs.length) }, (_, port) => {
    const [was, is] = [old.inputs[port], now.inputs[port]];
    if (isSameSource(was, is, counterpart)) return [];
    return [`input ${port} comes from ${tellSource(was, before)} → ${tellSource(is, after)}`];
  }).flat();
}

function isSameSource(
  was: Source | undefined,
  is: Source | undefined,
  counterpart: ReadonlyMap<number, number>,
): boolean {
  if (was === undefined || is === undefined) return was === is;
  if (was.kind === 'node' && is.kind === 'node') {
    return counterpart.get(was.node) === is.node && was.port === is.port;
  }
  if (was.kind === 'input' && is.kind === 'input') return was.index === is.index;
  // Values of constants are compared by themselves.
  return was.kind === is.kind;
}

function tellSource(source: Source | undefined, { nodes, inputs }: RknnGraph): string {
  switch (source?.kind) {
    case undefined:
      return 'nowhere';
    case 'input':
      return inputs[source.index]?.name || `input ${source.index}`;
    case 'constant':
      return 'a constant';
    case 'node':
      return nameOf(nodes[source.node]!) + (source.port === 0 ? '' : `:${source.port}`);
  }
}
