import { makeNode, tensorToOnnx, type OnnxNode, type OnnxTensor } from '../onnx/model.ts';
import { CaffeLayerError } from './caffe-error.ts';
import type { CaffeLayer } from './caffe-net.ts';
import type { Blob, LayerScope } from './layer-scope.ts';
import { readFields } from './read-fields.ts';
import type { TakeWeights } from './take-weights.ts';
import type { ValueNames } from './value-names.ts';

/** A layer as part of the ONNX network. */
export interface BuiltLayer {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  /** The tops, with their final names. */
  readonly blobs: readonly Blob[];
}

type NodeDraft = Parameters<typeof makeNode>;

interface LayerSources {
  /** The prototxt, for messages. */
  readonly origin: string;
  readonly layer: CaffeLayer;
  readonly bottoms: readonly Blob[];
  readonly names: Pick<ValueNames, 'fresh'>;
  /** Final names of the tops. */
  readonly tops: readonly string[];
  readonly takeWeights: TakeWeights;
}

/**
 * Translates one layer. The node that makes its first top has the layer's name, and so the layer is found again by it;
 * what else it takes is called `<layer>/<part>`.
 */
export function buildLayer(
  { origin, layer, bottoms, names, tops, takeWeights }: LayerSources,
  translate: (scope: LayerScope) => readonly Blob[],
): BuiltLayer {
  const drafts: NodeDraft[] = [];
  const constants: OnnxTensor[] = [];
  const refuse = (problem: string, hint?: string, line = layer.line): never => {
    throw new CaffeLayerError(origin, { ...layer, line }, problem, hint);
  };
  // A draft's outputs have names that no value can have until it is known which of them become tops.
  let drawn = 0;
  const emitSeveral: LayerScope['emitSeveral'] = (count, opType, inputs, attributes = {}) => {
    const outputs = Array.from({ length: count }, () => `\0${drawn++}`);
    drafts.push([opType, inputs, outputs, attributes]);
    return outputs;
  };
  const constant: LayerScope['constant'] = (part, value) => {
    const name = names.fresh(`${layer.name}/${part}`);
    constants.push(tensorToOnnx(name, value));
    return name;
  };
  const scope: LayerScope = {
    layer,
    bottoms,
    bottom: () =>
      bottoms.length === 1 ? bottoms[0]! : refuse(`has ${bottoms.length} bottoms where it needs one`),
    read(param, table) {
      const given = layer.text.fields.filter(({ name }) => name === param);
      const fields = given.flatMap(({ value, line }) =>
        value.kind === 'message' ? value.fields : refuse(`has no message in its ${param}`, undefined, line),
      );
      return readFields({ kind: 'message', fields }, table, param, (problem, line) =>
        refuse(problem, undefined, line),
      );
    },
    weightValues: (wanted) => takeWeights(layer, wanted),
    weights: (wanted) => takeWeights(layer, wanted).map((value, i) => constant(wanted[i]!.part, value)),
    constant,
    emitSeveral,
    emit: (...draft) => emitSeveral(1, ...draft)[0]!,
    refuse,
  };
  const made = translate(scope);
  if (made.length !== tops.length) {
    refuse(`has ${tops.length} tops, but makes ${made.length}`);
  }
  return { constants, ...settleNames(made) };

  function settleNames(results: readonly Blob[]): Pick<BuiltLayer, 'nodes' | 'blobs'> {
    const settled = new Map<string, string>();
    const copies: NodeDraft[] = [];
    for (const [i, { value }] of results.entries()) {
      // A top that only hands a value on, or is the second to do so, is a copy.
      if (value.startsWith('\0') && !settled.has(value)) settled.set(value, tops[i]!);
      else copies.push(['Identity', [value], [tops[i]!]]);
    }
    const settle = (name: string) => settled.get(name) ?? name;
    const isTop = new Set(tops);
    let nameless = true;
    const nodes = [...drafts, ...copies].map(([opType, inputs, outputs, attributes]) => {
      for (const output of outputs) {
        if (output.startsWith('\0') && !settled.has(output)) {
          settled.set(output, names.fresh(`${layer.name}/${opType.toLowerCase()}`));
        }
      }
      const named = outputs.map(settle);
      const first = nameless && named.some((name) => isTop.has(name));
      if (first) nameless = false;
      return makeNode(opType, inputs.map(settle), named, attributes, {
        name: first ? layer.name : named[0]!,
      });
    });
    const blobs = results.map((blob, i) => ({
      ...blob,
      value: tops[i]!,
      ...(blob.maxima === undefined ? {} : { maxima: { ...blob.maxima, value: settle(blob.maxima.value) } }),
    }));
    return { nodes, blobs };
  }
}
