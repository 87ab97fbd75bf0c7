import { tensor } from '../../../tensor/tensor.ts';
import type { Blob, LayerScope } from '../layer-scope.ts';
import { axisOf, ones } from './axis.ts';
import { scalar } from './constants.ts';

const batchNormFields = {
  use_global_stats: 'bool',
  moving_average_fraction: 'ignored',
  eps: 'float',
} as const;

/**
 * (x - mean) / sqrt(variance + eps) for each channel. The file keeps running sums of mean and variance and the factor
 * that they are to be divided by, which is 0 in a network that was never trained.
 */
export function batchNorm(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { use_global_stats = true, eps = 1e-5 } = scope.read('batch_norm_param', batchNormFields);
  if (!use_global_stats) {
    scope.refuse(
      'has use_global_stats: false, so that every answer would depend on the other pictures of its batch',
    );
  }
  if (shape.length < 2) scope.refuse('needs at least 2 axes');
  const channels = shape[1]!;
  const [mean, variance, factor] = scope.weightValues([
    { part: 'means', shape: [channels] },
    { part: 'variances', shape: [channels] },
    { part: 'moving-average factor', shape: [1] },
  ]);
  const divisor = factor!.data[0] === 0 ? 0 : 1 / factor!.data[0]!;
  const constant = (part: string, of: (c: number) => number) =>
    scope.constant(
      part,
      tensor(
        'float32',
        [channels],
        Float32Array.from({ length: channels }, (_, c) => of(c)),
      ),
    );
  const parts = [
    constant('scale', () => 1),
    constant('shift', () => 0),
    constant('mean', (c) => mean!.data[c]! * divisor),
    constant('variance', (c) => variance!.data[c]! * divisor),
  ];
  return [{ value: scope.emit('BatchNormalization', [value, ...parts], { epsilon: { float: eps } }), shape }];
}

const lrnFields = {
  local_size: 'int',
  alpha: 'float',
  beta: 'float',
  norm_region: ['ACROSS_CHANNELS', 'WITHIN_CHANNEL'],
  k: 'float',
  engine: 'ignored',
} as const;

/**
 * Across channels: x / (k + alpha / n * sum of squares) ^ beta. Within a channel: x / (1 + alpha * mean of squares) ^
 * beta over a window whose part outside the plane counts as zeros, and k has no say.
 */
export function lrn(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const {
    local_size: size = 5,
    alpha = 1,
    beta = 0.75,
    norm_region,
    k = 1,
  } = scope.read('lrn_param', lrnFields);
  if (size < 1 || size % 2 === 0) scope.refuse(`has local_size ${size}, which must be odd`);
  if (shape.length !== 4) scope.refuse(`needs 4 axes, but its input has ${shape.length}`);
  if (norm_region !== 'WITHIN_CHANNEL') {
    const attributes = {
      size: { int: size },
      alpha: { float: alpha },
      beta: { float: beta },
      bias: { float: k },
    };
    return [{ value: scope.emit('LRN', [value], attributes), shape }];
  }
  const pad = (size - 1) / 2;
  const mean = scope.emit('AveragePool', [scope.emit('Mul', [value, value])], {
    kernel_shape: { ints: [size, size] },
    pads: { ints: [pad, pad, pad, pad] },
    count_include_pad: { int: 1 },
  });
  const weighted = scope.emit('Mul', [mean, scope.constant('alpha', scalar(alpha))]);
  const sum = scope.emit('Add', [weighted, scope.constant('one', scalar(1))]);
  const factor = scope.emit('Pow', [sum, scope.constant('beta', scalar(-beta))]);
  return [{ value: scope.emit('Mul', [value, factor]), shape }];
}

const normFields = {
  across_spatial: 'bool',
  scale_filler: 'ignored',
  channel_shared: 'bool',
  eps: 'float',
} as const;

/** x / sqrt(sum of squares + eps), over the channels of a pixel or the whole picture, times a factor per channel. */
export function normalize(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { across_spatial = true, channel_shared = true, eps = 1e-10 } = scope.read('norm_param', normFields);
  if (shape.length !== 4) scope.refuse(`needs 4 axes, but its input has ${shape.length}`);
  const channels = shape[1]!;
  const [factors] = scope.weightValues([{ part: 'factors', shape: channel_shared ? [] : [channels] }]);
  const axes = across_spatial ? [1, 2, 3] : [1];
  const sum = scope.emit('ReduceSumSquare', [value], { axes: { ints: axes }, keepdims: { int: 1 } });
  const norm = scope.emit('Sqrt', [scope.emit('Add', [sum, scope.constant('eps', scalar(eps))])]);
  const unit = scope.emit('Div', [value, norm]);
  const factor = scope.constant('factors', {
    ...factors!,
    shape: channel_shared ? [] : [channels, ...ones(2)],
  });
  return [{ value: scope.emit('Mul', [unit, factor]), shape }];
}

const softmaxFields = { axis: 'int', engine: 'ignored' } as const;

export function softmax(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { axis = 1 } = scope.read('softmax_param', softmaxFields);
  const at = axisOf(scope, axis, shape.length);
  return [{ value: scope.emit('Softmax', [value], { axis: { int: at } }), shape }];
}
