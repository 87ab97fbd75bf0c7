import { clip, leakyRelu, parametricRelu, pointwise, relu, swish, tanh } from './activation.ts';
import { convolution, deconvolution, fullyConnected } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { concat, pass, permute, reshape } from './moving.ts';
import type { Operator } from './operator.ts';
import { pooling } from './pooling.ts';
import { softmax } from './softmax.ts';

/** Every operator that can be computed, by the vendor's name without its prefix. */
export const operators: Readonly<Record<string, Operator>> = {
  ADD: elementwise('Add'),
  CLIP: clip((context) => {
    const parameters = context.parameters('clip');
    return [parameters.number('min'), parameters.number('max')];
  }),
  CONCAT: concat,
  CONV2D: convolution,
  DATACONVERT: pass,
  DECONVOLUTION: deconvolution,
  DIVIDE: elementwise('Div', 'divide'),
  DROPOUT: pass,
  ELU: pointwise('Elu'),
  FCL: fullyConnected,
  FCL2: fullyConnected,
  GROUPED_CONV2D: convolution,
  LEAKY_RELU: leakyRelu,
  LOG_SOFTMAX: softmax('LogSoftmax', 'log_softmax'),
  MAXIMUM: elementwise('Max'),
  MINIMUM: elementwise('Min'),
  MULTIPLY: elementwise('Mul', 'multiply'),
  NOOP: pass,
  PERMUTE: permute,
  POOL: pooling,
  PRELU: parametricRelu,
  RELU: relu,
  RELU1: clip(() => [-1, 1]),
  RELU6: clip(() => [0, 6]),
  RESHAPE: reshape,
  RESHAPE2: reshape,
  SIGMOID: pointwise('Sigmoid'),
  SOFTMAX: softmax('Softmax', 'softmax'),
  SUBTRACT: elementwise('Sub'),
  SWISH: swish,
  TANH: tanh,
  VARIABLE: pass,
};
