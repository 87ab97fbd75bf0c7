import { attributeOf, type OnnxNode } from '../onnx/model.ts';
import type { GraphView } from './graph-view.ts';
import type { NetworkFacts } from './network-facts.ts';

/** y = scale[c] * x + shift[c], with c counting along dimension 1; in doubles. */
export interface ChannelAffine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  /** The tensor it is applied to. */
  readonly input: string;
}

/** Reads a node as an affine map per channel; undefined if it is none, or its numbers are not constant. */
export function channelAffineOf(
  node: OnnxNode,
  view: GraphView,
  facts: NetworkFacts,
  origin: string,
): ChannelAffine | undefined {
  if (node.domain !== '') return undefined;
  switch (node.opType) {
    case 'BatchNormalization':
      return batchNormalization(node, view, origin);
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
      return arithmetic(node, node.opType, view, facts, origin);
    default:
      return undefined;
  }
}

function batchNormalization(node: OnnxNode, view: GraphView, origin: string): ChannelAffine | undefined {
  const trains = (attributeOf(node, 'training_mode')?.i ?? 0n) !== 0n;
  const perElement = attributeOf(node, 'spatial')?.i === 0n;
  if (trains || perElement) return undefined;
  const [input = '', ...names] = node.input;
  const [gamma, beta, mean, variance] = names.map((name) => view.constant(name, origin)?.data);
  if (!gamma || !beta || !mean || !variance) return undefined;
  const epsilon = attributeOf(node, 'epsilon')?.f ?? 1e-5;
  const scale = new Float64Array(gamma.length).map(
    (_, c) => Number(gamma[c]) / Math.sqrt(Number(variance[c]) + epsilon),
  );
  const shift = scale.map((s, c) => Number(beta[c]) - Number(mean[c]) * s);
  return { scale, shift, input };
}

function arithmetic(
  node: OnnxNode,
  opType: 'Add' | 'Sub' | 'Mul' | 'Div',
  view: GraphView,
  facts: NetworkFacts,
  origin: string,
): ChannelAffine | undefined {
  const [left = '', right = ''] = node.input;
  const constantFirst = view.isConstant(left);
  const [input, operand] = constantFirst ? [right, left] : [left, right];
  const shape = facts.get(input)?.shape;
  const constant = view.constant(operand, origin);
  if (!shape || !constant || shape.length < 2 || (opType === 'Div' && constantFirst)) return undefined;
  const channels = shape[1]!;
  if (!isPerChannel(constant.shape, shape)) return undefined;
  const value = (c: number) => Number(constant.data[constant.data.length === 1 ? 0 : c]);
  const affine = (scaleOf: (c: number) => number, shiftOf: (c: number) => number): ChannelAffine => ({
    scale: Float64Array.from({ length: channels }, (_, c) => scaleOf(c)),
    shift: Float64Array.from({ length: channels }, (_, c) => shiftOf(c)),
    input,
  });
  switch (opType) {
    case 'Add':
      return affine(() => 1, value);
    case 'Sub':
      return constantFirst
        ? affine(() => -1, value)
        : affine(
            () => 1,
            (c) => -value(c),
          );
    case 'Mul':
      return affine(value, () => 0);
    case 'Div':
      return affine(
        (c) => 1 / value(c),
        () => 0,
      );
  }
}

/** Whether a constant broadcasts to a tensor with one value for each channel, or one for all, and does not widen it. */
function isPerChannel(constant: readonly number[], shape: readonly number[]): boolean {
  const offset = shape.length - constant.length;
  return (
    offset >= 0 &&
    constant.every((extent, axis) => extent === 1 || (axis + offset === 1 && extent === shape[1]))
  );
}
