import { attributeOf, type OnnxNode } from '../../../harness/reference/onnx/model.ts';

/** Parameters of a node in the description, by the vendor's names; width before height. */
type NodeParameters = Readonly<Record<string, unknown>>;

const operations: Readonly<Record<string, string>> = {
  AveragePool: 'POOL',
  Conv: 'CONV2D',
  ConvTranspose: 'DECONVOLUTION',
  Flatten: 'RESHAPE',
  Gemm: 'FCL',
  GlobalAveragePool: 'POOL',
  GlobalMaxPool: 'POOL',
  MatMul: 'FCL',
  MaxPool: 'POOL',
  Mul: 'MULTIPLY',
  Squeeze: 'RESHAPE',
  Transpose: 'PERMUTE',
  Unsqueeze: 'RESHAPE',
  Upsample: 'RESIZE',
};

/** The vendor's name of an operation; one that it has no name for keeps ONNX's. */
export const operationOf = ({ opType }: OnnxNode): string =>
  `VSI_NN_OP_${operations[opType] ?? opType.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '_').toUpperCase()}`;

/**
 * The parameters of the operations whose form is known from the vendor's files.
 *
 * @param inputShapes - NumPy order; of constants too.
 */
export function describeNode(
  node: OnnxNode,
  inputShapes: readonly (readonly number[])[],
  outputShape: readonly number[],
): { readonly nn?: NodeParameters; readonly vx?: NodeParameters } {
  switch (node.opType) {
    case 'Conv':
      return { nn: { conv2d: convolution(node, inputShapes[1]!) }, vx: roundingPolicy };
    case 'Gemm':
    case 'MatMul':
      return { nn: { fcl: { weights: outputShape.at(-1) } }, vx: roundingPolicy };
    case 'MaxPool':
    case 'AveragePool':
    case 'GlobalMaxPool':
    case 'GlobalAveragePool':
      return { nn: { pool: pooling(node, inputShapes[0]!) }, vx: downScale };
    case 'Softmax':
      return { nn: { softmax: { beta: 1, axis: fastestFirstAxis(node, outputShape.length) } } };
    case 'Concat':
      return { nn: { concat: { axis: fastestFirstAxis(node, outputShape.length) } } };
    default:
      return {};
  }
}

const downScale = { down_scale_size_rounding: 'VX_CONVOLUTIONAL_NETWORK_DS_SIZE_ROUNDING_FLOOR' };

/** What the vendor's converter writes; the driver is known to go by its own rounding modes instead. */
const roundingPolicy = {
  overflow_policy: 'VX_CONVERT_POLICY_SATURATE',
  rounding_policy: 'VX_ROUND_POLICY_TO_ZERO',
  ...downScale,
};

const numbers = (node: OnnxNode, name: string, fallback: readonly number[]): number[] =>
  attributeOf(node, name)?.ints.map(Number) ?? [...fallback];

/** ONNX: all begins, then all ends, height first. The vendor: left, right, top, bottom. */
function padding(node: OnnxNode, spatial: number): number[] {
  const pads = numbers(
    node,
    'pads',
    Array.from({ length: 2 * spatial }, () => 0),
  );
  return Array.from({ length: spatial }, (_, i) => [pads[spatial - 1 - i], pads[2 * spatial - 1 - i]])
    .flat()
    .map((pad) => pad ?? 0);
}

function convolution(node: OnnxNode, weights: readonly number[]): NodeParameters {
  const ones = weights.slice(2).map(() => 1);
  return {
    ksize: weights.slice(2).toReversed(),
    weights: weights[0],
    stride: numbers(node, 'strides', ones).toReversed(),
    pad: padding(node, ones.length),
    group: Number(attributeOf(node, 'group')?.i ?? 1n),
    dilation: numbers(node, 'dilations', ones).toReversed(),
    multiplier: 0,
  };
}

function pooling(node: OnnxNode, input: readonly number[]): NodeParameters {
  const window = input.slice(2);
  const ones = window.map(() => 1);
  const average = node.opType.endsWith('AveragePool');
  const ceil = attributeOf(node, 'ceil_mode')?.i === 1n;
  return {
    ksize: numbers(node, 'kernel_shape', window).toReversed(),
    stride: numbers(node, 'strides', ones).toReversed(),
    pad: padding(node, ones.length),
    type: `VX_CONVOLUTIONAL_NETWORK_POOLING_${average ? 'AVG' : 'MAX'}`,
    round_type: ceil ? 'VSI_NN_ROUND_CEIL' : 'VSI_NN_ROUND_FLOOR',
  };
}

function fastestFirstAxis(node: OnnxNode, rank: number): number {
  const axis = Number(attributeOf(node, 'axis')?.i ?? BigInt(rank - 1));
  return rank - 1 - (axis < 0 ? axis + rank : axis);
}
