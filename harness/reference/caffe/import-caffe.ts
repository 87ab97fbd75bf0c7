import { elementCount, formatShape } from '../../tensor/tensor.ts';
import { makeModel, makeValueInfo, type OnnxModel, type OnnxNode, type OnnxTensor } from '../onnx/model.ts';
import { CaffeFormatError, CaffeLayerError } from './caffe-error.ts';
import { readPrototxt, type CaffeInput, type CaffeNet } from './caffe-net.ts';
import { readCaffemodel } from './caffemodel.ts';
import { buildLayer } from './layer-builder.ts';
import type { Blob } from './layer-scope.ts';
import { weightsFrom, type TakeWeights } from './take-weights.ts';
import { translateLayer } from './translate-layer.ts';
import { nameValues } from './value-names.ts';

/** A file's bytes, and its name for messages. */
export interface CaffeFile {
  readonly bytes: Uint8Array;
  readonly origin: string;
}

/** Has every operator that is needed, and axes of ReduceMean as attribute, as most readers of ONNX expect. */
const opset = 13;

/** More elements than this are damage or malice: no board holds such a tensor. */
const mostElements = 2 ** 31;

/**
 * Imports a Caffe network in phase TEST: a prototxt of either generation and its binary weights. Layers keep their names
 * as names of nodes, blobs theirs as names of values; outputs are the blobs that no layer reads, in the file's order.
 *
 * The batch becomes 1, since a case feeds one picture: where all inputs of four axes have the same first extent, it is
 * replaced by 1. Other inputs keep their shape.
 *
 * @throws {CaffeFormatError} If a file is damaged, or describes something else.
 * @throws {CaffeLayerError} If a layer cannot be computed.
 * @throws {CaffeWeightsError} If the weights do not fit the layers.
 * @throws {GitLfsPointerError}
 */
export function importCaffe(prototxt: CaffeFile, caffemodel: CaffeFile): OnnxModel {
  const net = readPrototxt(prototxt.bytes, prototxt.origin);
  const weights = readCaffemodel(caffemodel.bytes, caffemodel.origin);
  return translateNet(net, weightsFrom(weights, prototxt.origin));
}

/** The network with weights from anywhere. @throws {HilError} As {@link importCaffe}. */
export function translateNet(net: CaffeNet, takeWeights: TakeWeights): OnnxModel {
  const { origin, layers } = net;
  const inputs = withBatchOfOne(net.inputs);
  const names = nameValues(net);
  const blobs = new Map<string, Blob>();
  for (const { name, shape, line } of inputs) {
    if (blobs.has(name)) throw new CaffeFormatError(`${origin}:${line}`, `input ${name} is declared twice`);
    blobs.set(name, { value: name, shape });
  }
  const unread = new Set(blobs.keys());
  const nodes: OnnxNode[] = [];
  const constants: OnnxTensor[] = [];
  for (const [index, layer] of layers.entries()) {
    const refuse = (problem: string): never => {
      throw new CaffeLayerError(origin, layer, problem);
    };
    const bottoms = layer.bottoms.map(
      (name) =>
        blobs.get(name) ??
        refuse(
          net.leftOut.has(name)
            ? `reads blob ${name}, whose layer is not part of the network in phase TEST`
            : `reads blob ${name}, which no layer before it makes`,
        ),
    );
    for (const [i, name] of layer.tops.entries()) {
      if (blobs.has(name) && layer.bottoms[i] !== name)
        refuse(`makes blob ${name}, which is made before it already`);
    }
    const tops = layer.tops.map((_, i) => names.top(index, i));
    const built = buildLayer({ origin, layer, bottoms, names, tops, takeWeights }, translateLayer);
    nodes.push(...built.nodes);
    constants.push(...built.constants);
    for (const name of layer.bottoms) unread.delete(name);
    for (const [i, name] of layer.tops.entries()) {
      const blob = built.blobs[i]!;
      if (elementCount(blob.shape) > mostElements) refuse(`makes a blob of ${formatShape(blob.shape)}`);
      blobs.set(name, blob);
      unread.add(name);
    }
  }
  const fed = new Set(inputs.map(({ name }) => name));
  // What is fed and never read is no result.
  const results = [...unread].map((name) => blobs.get(name)!).filter(({ value }) => !fed.has(value));
  if (results.length === 0)
    throw new CaffeFormatError(origin, 'the network has no outputs: every blob is read by a layer');
  return makeModel(
    {
      name: net.name,
      nodes,
      initializers: constants,
      inputs: inputs.map(({ name, shape }) => makeValueInfo(name, 'float32', shape)),
      outputs: results.map(({ value, shape }) => makeValueInfo(value, 'float32', shape)),
    },
    { '': opset },
  );
}

function withBatchOfOne(inputs: readonly CaffeInput[]): readonly CaffeInput[] {
  const pictures = inputs.filter(({ shape }) => shape.length === 4);
  const isBatch = new Set(pictures.map(({ shape }) => shape[0])).size === 1;
  return isBatch
    ? inputs.map((input) => (input.shape.length === 4 ? { ...input, shape: input.shape.with(0, 1) } : input))
    : inputs;
}
