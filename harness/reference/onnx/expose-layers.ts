import { create } from '@bufbuild/protobuf';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from './model.ts';
import { messageDescriptor } from './schema.ts';

/** A value inside the network that one node makes and another reads. */
export interface ExposedLayer {
  /** Name of the value; an output of the exposing model. */
  readonly value: string;
  /** Name of the node that makes it; may be empty. */
  readonly node: string;
  readonly opType: string;
}

export interface ExposedModel {
  /** The model with the layers as further outputs, after its own; weights are shared with the source, not copied. */
  readonly model: OnnxModel;
  /** In execution order. The model's own outputs are not among them. */
  readonly layers: readonly ExposedLayer[];
}

/**
 * Makes values inside a network visible as outputs, for calibration and layer analysis. The engine finds out their
 * types and shapes. It cannot fuse nodes across a visible value, so an optimised run of the exposing model may round
 * differently from one of the source; an unoptimised run is the same.
 *
 * @param select - Which layers to expose; all of them if absent.
 */
export function exposeLayers(
  source: OnnxModel,
  select: (layer: ExposedLayer) => boolean = () => true,
): ExposedModel {
  const { graph } = source;
  const read = namesRead(graph);
  const known = new Set(graph.output.map(({ name }) => name));
  const layers: ExposedLayer[] = [];
  for (const node of graph.node) {
    if (makesNoTensor(node)) continue;
    for (const value of node.output) {
      const layer = { value, node: node.name, opType: node.opType };
      if (!read.has(value) || known.has(value) || !select(layer)) continue;
      known.add(value);
      layers.push(layer);
    }
  }
  const exposed = layers.map(({ value }) => outputWithoutType(value));
  const model = replaced(source, { graph: replaced(graph, { output: [...graph.output, ...exposed] }) });
  return { model, layers };
}

/** Names that nodes read, in the graph or in a subgraph of it (branches and loops see the values around them). */
function namesRead(graph: OnnxGraph, names = new Set<string>()): Set<string> {
  for (const node of graph.node) {
    for (const name of node.input) names.add(name);
    for (const { g } of node.attribute) if (g !== undefined) namesRead(g, names);
  }
  names.delete('');
  return names;
}

/** Operators whose outputs are sequences or optionals; the engine cannot hand these out. */
const makesNoTensor = ({ opType }: OnnxNode) =>
  /^(Sequence(Construct|Empty|Insert|Erase|Map)|SplitToSequence|Optional)$/.test(opType);

/** The type is left to the engine's own inference: ONNX Runtime accepts an output that has only a name. */
const outputWithoutType = (name: string) =>
  create(messageDescriptor('ValueInfoProto'), { name }) as unknown as OnnxValueInfo;

/** A shallow copy of a message with some fields replaced; unknown fields stay. */
const replaced = <T extends object>(message: T, fields: Partial<T>): T =>
  Object.assign(Object.create(Object.getPrototypeOf(message) as object | null) as T, message, fields);
