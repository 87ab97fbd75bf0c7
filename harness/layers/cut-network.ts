import { makeValueInfo, type OnnxModel, type OnnxNode } from '../reference/onnx/model.ts';

export interface CutNetwork {
  /** Its outputs are the cut values, in their order, float32. */
  readonly model: OnnxModel;
  /** Names of the inputs that take the cut values; values that nothing reads have none. */
  readonly inputOf: ReadonlyMap<string, string>;
}

/**
 * Cuts a network at some of its float32 values: each is still computed and becomes an output, and whatever reads it
 * reads a new input in its place. So each piece runs alone, on inputs of one's own choice, all in one execution.
 *
 * @param shapes - Of the values to cut at.
 */
export function cutNetwork(source: OnnxModel, shapes: ReadonlyMap<string, readonly number[]>): CutNetwork {
  const { graph } = source;
  const inputName = (name: string) => `${name}/from-board`;
  const needed = nodesFor(graph.node, new Set(shapes.keys()));
  const node = needed.map((each) => ({
    ...each,
    input: each.input.map((name) => (shapes.has(name) ? inputName(name) : name)),
  }));
  const read = new Set(node.flatMap(({ input }) => input));
  const fed = [...shapes].filter(([name]) => read.has(inputName(name)));
  const model: OnnxModel = {
    ...source,
    graph: {
      ...graph,
      node,
      initializer: graph.initializer.filter(({ name }) => read.has(name)),
      input: [
        ...graph.input.filter(({ name }) => read.has(name)),
        ...fed.map(([name, shape]) => makeValueInfo(inputName(name), 'float32', shape)),
      ],
      output: [...shapes].map(([name, shape]) => makeValueInfo(name, 'float32', shape)),
    },
  };
  return { model, inputOf: new Map(fed.map(([name]) => [name, inputName(name)])) };
}

/** One piece of a cut network. */
export interface NetworkPiece {
  /** In execution order. */
  readonly nodes: readonly OnnxNode[];
  /** Cut values and inputs of the network that it reads. */
  readonly reads: readonly string[];
}

/** What is computed between the cut values before a value and the value itself. */
export function pieceBefore(
  { graph }: OnnxModel,
  value: string,
  cuts: { has(name: string): boolean },
): NetworkPiece {
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const inputs = new Set(graph.input.map(({ name }) => name));
  const nodes = new Set<OnnxNode>();
  const reads = new Set<string>();
  const open = [producers.get(value)];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (nodes.has(node)) continue;
    nodes.add(node);
    for (const name of node.input) {
      if (cuts.has(name) || inputs.has(name)) reads.add(name);
      else if (producers.has(name)) open.push(producers.get(name));
    }
  }
  return { nodes: graph.node.filter((node) => nodes.has(node)), reads: [...reads] };
}

/** The nodes that some values depend on; a cut value is depended on only for itself. */
function nodesFor(nodes: readonly OnnxNode[], values: ReadonlySet<string>): OnnxNode[] {
  const wanted = new Set(values);
  const needed: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.output.some((name) => wanted.has(name))) continue;
    needed.push(node);
    for (const name of node.input) if (name !== '') wanted.add(name);
  }
  return needed.reverse();
}
