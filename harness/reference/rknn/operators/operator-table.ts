import { clip, leakyRelu, parametricRelu, pointwise, relu, swish, tanh } from './activation.ts';
import { convolution, deconvolution, fullyConnected } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { concat, pass, permute, reshape } from './moving.ts';
import type { Operator } from './operator.ts';
import { batchNorm, instanceNorm, l2Normalise } from './normalisation.ts';
import { pooling } from './pooling.ts';
import { depthToSpace, pad, shuffleChannels, spaceToDepth, squeeze } from './rearranging.ts';
import { argMax, matrixMultiply, reduce } from './reduction.ts';
import { resize } from './resize.ts';
import { sliceBlock, sliceWithSteps, split } from './slicing.ts';
import { softmax } from './softmax.ts';

/** Every operator that can be computed, by the vendor's name without its prefix. */
export const operators: Readonly<Record<string, Operator>> = {
  ABS: pointwise('Abs'),
  ADD: elementwise('Add'),
  ARGMAX: argMax,
  BATCH_NORM: batchNorm,
  CLIP: clip((context) => {
    const parameters = context.parameters('clip');
    return [parameters.number('min'), parameters.number('max')];
  }),
  CONCAT: concat,
  CONV2D: convolution,
  DATACONVERT: pass,
  DECONVOLUTION: deconvolution,
  DEPTH2SPACE: depthToSpace,
  DIVIDE: elementwise('Div', 'divide'),
  DROPOUT: pass,
  ELU: pointwise('Elu'),
  EXP: pointwise('Exp'),
  FCL: fullyConnected,
  FCL2: fullyConnected,
  FLOOR: pointwise('Floor'),
  GROUPED_CONV2D: convolution,
  INSTANCE_NORM: instanceNorm,
  L2NORMALIZESCALE: l2Normalise,
  L2_NORMALIZE: l2Normalise,
  LEAKY_RELU: leakyRelu,
  LOG: pointwise('Log'),
  LOG_SOFTMAX: softmax('LogSoftmax', 'log_softmax'),
  MATRIXMUL: matrixMultiply,
  MAXIMUM: elementwise('Max'),
  MINIMUM: elementwise('Min'),
  MULTIPLY: elementwise('Mul', 'multiply'),
  NEG: pointwise('Neg'),
  NOOP: pass,
  PAD: pad,
  PERMUTE: permute,
  POOL: pooling,
  PRELU: parametricRelu,
  REDUCE: reduce,
  RELU: relu,
  RELU1: clip(() => [-1, 1]),
  RELU6: clip(() => [0, 6]),
  RELUN: clip((context) => [0, context.parameters('relun').number('relu_n')]),
  RESHAPE: reshape,
  RESHAPE2: reshape,
  RESIZE: resize,
  SHUFFLECHANNEL: shuffleChannels,
  SIGMOID: pointwise('Sigmoid'),
  SLICE: sliceBlock,
  SOFTMAX: softmax('Softmax', 'softmax'),
  SPACE2DEPTH: spaceToDepth,
  SPLIT: split,
  SQRT: pointwise('Sqrt'),
  SQUEEZE: squeeze,
  STRIDED_SLICE: sliceWithSteps,
  SUBTRACT: elementwise('Sub'),
  SWISH: swish,
  TANH: tanh,
  VARIABLE: pass,
};
