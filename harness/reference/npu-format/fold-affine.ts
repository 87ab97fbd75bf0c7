import { attributeOf, makeNode, tensorToOnnx, type OnnxModel, type OnnxNode } from '../onnx/model.ts';
import { bytesOf, elementsOf } from '../../tensor/dtype.ts';
import { elementCount, tensor, type Tensor } from '../../tensor/tensor.ts';
import { channelAffineOf, type ChannelAffine } from './channel-affine.ts';
import { GraphView } from './graph-view.ts';
import type { NetworkFacts } from './network-facts.ts';

/**
 * Folds what scales and shifts whole channels (BatchNormalization, Caffe's Scale, a separate bias) into the preceding
 * convolution or fully connected layer, in place, computing in doubles. A BatchNormalization that has nothing to go
 * into becomes a depthwise 1x1 convolution. Every Gemm is brought to alpha = beta = 1.
 */
export function foldAffine(model: OnnxModel, facts: NetworkFacts, origin: string): void {
  const { graph } = model;
  for (const node of graph.node.slice()) {
    if (node.opType === 'Gemm') normaliseGemm(model, node, origin);
    const view = new GraphView(graph);
    const affine = channelAffineOf(node, view, facts, origin);
    if (!affine) continue;
    const producer = view.producerOf(affine.input);
    const head = producer && linearLayerOf(producer, view, facts, origin);
    if (head && view.soleReaderOf(affine.input) === node) {
      absorb(model, head, affine, view);
      head.node.output = node.output.slice(0, 1);
      graph.node.splice(graph.node.indexOf(node), 1);
    } else if (node.opType === 'BatchNormalization') {
      becomeConvolution(model, node, affine, view, facts);
    }
  }
  dropUnreadConstants(model);
}

/** A node y = W x + b with constant W and b. */
interface LinearLayer {
  readonly node: OnnxNode;
  readonly weights: Tensor;
  readonly bias: Tensor | undefined;
  readonly channels: number;
  /** Output channel that a weight belongs to. */
  readonly channelOf: (flat: number) => number;
  /** So many weights in a row, from any multiple of it on, belong to one channel. */
  readonly run: number;
}

function linearLayerOf(
  node: OnnxNode,
  view: GraphView,
  facts: NetworkFacts,
  origin: string,
): LinearLayer | undefined {
  const weights = view.constant(node.input[1] ?? '', origin);
  const biasName = node.input[2] ?? '';
  const bias = view.constant(biasName, origin);
  const channels = facts.get(node.output[0]!)?.shape[1];
  if (!weights || channels === undefined || (biasName !== '' && !bias)) return undefined;
  if (bias && bias.data.length !== 1 && bias.data.length !== channels) return undefined;
  const channelOf = weightChannel(node, weights.shape);
  return channelOf && { node, weights, bias, channels, channelOf, run: weightsInARow(node, weights.shape) };
}

function weightChannel(node: OnnxNode, shape: readonly number[]): ((flat: number) => number) | undefined {
  if (node.domain !== '') return undefined;
  const elements = shape.reduce((product, extent) => product * extent, 1);
  switch (node.opType) {
    case 'Conv': {
      const perChannel = elements / shape[0]!;
      return (flat) => Math.floor(flat / perChannel);
    }
    case 'ConvTranspose': {
      // Weights are [in][out / group][kernel]; the inputs of a group make the outputs of the same group.
      const group = Number(attributeOf(node, 'group')?.i ?? 1n);
      const [inputs, outputsPerGroup] = shape as [number, number];
      const kernel = elements / (inputs * outputsPerGroup);
      return (flat) => {
        const row = Math.floor(flat / kernel);
        const input = Math.floor(row / outputsPerGroup);
        return Math.floor((input * group) / inputs) * outputsPerGroup + (row % outputsPerGroup);
      };
    }
    case 'Gemm': {
      const transposed = attributeOf(node, 'transB')?.i === 1n;
      const [rows, columns] = shape as [number, number];
      return transposed ? (flat) => Math.floor(flat / columns) : (flat) => (rows === 0 ? 0 : flat % columns);
    }
    default:
      return undefined;
  }
}

function weightsInARow(node: OnnxNode, shape: readonly number[]): number {
  switch (node.opType) {
    case 'Conv':
      return elementCount(shape.slice(1));
    case 'ConvTranspose':
      return elementCount(shape.slice(2));
    default:
      return attributeOf(node, 'transB')?.i === 1n ? shape[1]! : 1;
  }
}

function absorb(
  { graph }: OnnxModel,
  layer: LinearLayer,
  { scale, shift }: ChannelAffine,
  view: GraphView,
): void {
  const { node, weights, bias, channels, channelOf, run } = layer;
  const foldedWeights = new Float32Array(weights.data.length);
  const floats = weights.dtype === 'float32' ? elementsOf('float32', bytesOf(weights.data)) : undefined;
  for (let flat = 0; flat < foldedWeights.length;) {
    // Weights of one channel mostly lie together, and there are millions.
    const factor = scale[channelOf(flat)]!;
    const end = Math.min(foldedWeights.length, flat + run);
    for (; flat < end; flat++)
      foldedWeights[flat] = (floats ? floats[flat]! : Number(weights.data[flat])) * factor;
  }
  const biasOf = (c: number) => (bias ? Number(bias.data[bias.data.length === 1 ? 0 : c]) : 0);
  const foldedBias = Float32Array.from({ length: channels }, (_, c) => biasOf(c) * scale[c]! + shift[c]!);
  const [input = '', weightName = ''] = node.input;
  const names = [view.freshName(`${weightName}/folded`), view.freshName(`${node.output[0]}/bias`)] as const;
  graph.initializer.push(
    tensorToOnnx(names[0], tensor('float32', weights.shape, foldedWeights)),
    tensorToOnnx(names[1], tensor('float32', [channels], foldedBias)),
  );
  node.input = [input, ...names];
}

function becomeConvolution(
  { graph }: OnnxModel,
  node: OnnxNode,
  { scale, shift, input }: ChannelAffine,
  view: GraphView,
  facts: NetworkFacts,
): void {
  const rank = facts.get(input)?.shape.length ?? 0;
  // A 2-D tensor has no planes to convolve: such a node stays what it is.
  if (rank < 3) return;
  const output = node.output[0]!;
  const names = [view.freshName(`${output}/scale`), view.freshName(`${output}/bias`)] as const;
  const channels = scale.length;
  const shape = [channels, ...Array.from({ length: rank - 1 }, () => 1)];
  graph.initializer.push(
    tensorToOnnx(names[0], tensor('float32', shape, Float32Array.from(scale))),
    tensorToOnnx(names[1], tensor('float32', [channels], Float32Array.from(shift))),
  );
  const convolution = makeNode(
    'Conv',
    [input, ...names],
    [output],
    { group: { int: channels } },
    { name: node.name },
  );
  graph.node[graph.node.indexOf(node)] = convolution;
}

function normaliseGemm({ graph }: OnnxModel, node: OnnxNode, origin: string): void {
  const view = new GraphView(graph);
  const scaleInput = (index: number, attribute: string) => {
    const factor = attributeOf(node, attribute)?.f ?? 1;
    const name = node.input[index] ?? '';
    const constant = view.constant(name, origin);
    if (factor === 1 || name === '') return true;
    if (!constant) return false;
    const scaled = view.freshName(`${name}/${attribute}`);
    const data = new Float32Array(constant.data.length).map((_, i) => Number(constant.data[i]) * factor);
    graph.initializer.push(tensorToOnnx(scaled, tensor('float32', constant.shape, data)));
    node.input = node.input.map((each, i) => (i === index ? scaled : each));
    return true;
  };
  const folded = [scaleInput(1, 'alpha') && 'alpha', scaleInput(2, 'beta') && 'beta'];
  node.attribute = node.attribute.filter(({ name }) => !folded.includes(name));
}

function dropUnreadConstants({ graph }: OnnxModel): void {
  const read = new Set(graph.node.flatMap(({ input }) => input));
  graph.initializer = graph.initializer.filter(({ name }) => read.has(name));
}
