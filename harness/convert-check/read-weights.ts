import { constantValues } from '../reference/rknn/constant-values.ts';
import type { GraphNode, RknnGraph } from '../reference/rknn/read-graph.ts';
import { nameOf } from '../model-diff/align-nodes.ts';
import type { WeightFinding } from './conversion-check.ts';

/** Nodes that multiply by weights: the weights stand at port 1, the first extent is the output channel. */
const weighted = new Set(['CONV2D', 'GROUPED_CONV2D', 'FCL', 'FCL2']);

/** Variance of an even spread over one step, as rounding makes it. */
const roundingVariance = 1 / 12;

/** How well the quantised weights of each layer are held by their format; nothing is said of floating point. */
export function readWeights({ nodes }: RknnGraph): WeightFinding[] {
  return nodes.flatMap((node) => {
    const source = weighted.has(node.op) ? node.inputs[1] : undefined;
    if (source?.kind !== 'constant') return [];
    const { numbers, shape, isInteger } = constantValues(source.constant);
    if (!isInteger || numbers.length === 0) return [];
    return [findingOf(node, numbers, channelsOf(node, shape))];
  });
}

/** A depthwise layer has one filter for each output, whichever way round its extents are stored. */
function channelsOf({ op }: GraphNode, shape: readonly number[]): number {
  const [first = 1, second = 1] = shape;
  return op === 'CONV2D' && first === 1 ? second : first;
}

/** @param numbers - Weights in steps of their format. */
function findingOf(node: GraphNode, numbers: ArrayLike<number>, channels: number): WeightFinding {
  let [sum, squares, largest] = [0, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    sum += value;
    squares += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  const power = squares / numbers.length;
  const deviation = Math.sqrt(Math.max(0, power - (sum / numbers.length) ** 2));
  return {
    node: nameOf(node),
    lid: node.lid,
    op: node.op,
    role: 'weight',
    outlier: deviation === 0 ? 0 : largest / deviation,
    snrDb: power === 0 ? Infinity : 10 * Math.log10(power / roundingVariance),
    coarseChannels: coarse(numbers, channels),
    channels,
  };
}

function coarse(numbers: ArrayLike<number>, channels: number): number {
  const length = numbers.length / channels;
  if (!Number.isInteger(length)) return 0;
  let count = 0;
  for (let channel = 0; channel < channels; channel++) {
    let largest = 0;
    for (let i = channel * length; i < (channel + 1) * length; i++) {
      largest = Math.max(largest, Math.abs(numbers[i]!));
    }
    if (largest > 0 && largest <= 2) count++;
  }
  return count;
}
