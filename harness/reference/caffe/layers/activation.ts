import type { Blob, LayerScope } from '../layer-scope.ts';
import { ones } from './axis.ts';
import { scalar } from './constants.ts';

const withValue = ({ shape }: Blob, value: string): readonly Blob[] => [{ value, shape }];

/** A layer without parameters that is one ONNX operator. */
export const plain =
  (opType: string) =>
  (scope: LayerScope): readonly Blob[] => {
    const bottom = scope.bottom();
    return withValue(bottom, scope.emit(opType, [bottom.value]));
  };

const reluFields = { negative_slope: 'float', engine: 'ignored' } as const;

export function relu(scope: LayerScope): readonly Blob[] {
  const bottom = scope.bottom();
  const { negative_slope: slope = 0 } = scope.read('relu_param', reluFields);
  return withValue(
    bottom,
    slope === 0
      ? scope.emit('Relu', [bottom.value])
      : scope.emit('LeakyRelu', [bottom.value], { alpha: { float: slope } }),
  );
}

const preluFields = { channel_shared: 'bool', filler: 'ignored' } as const;

/** One slope for each channel of axis 1, or one for all. */
export function prelu(scope: LayerScope): readonly Blob[] {
  const bottom = scope.bottom();
  const { channel_shared = false } = scope.read('prelu_param', preluFields);
  const rank = bottom.shape.length;
  if (rank < 2) scope.refuse(`needs at least 2 axes, but its input has ${rank}`);
  const channels = bottom.shape[1]!;
  const [slopes] = scope.weightValues([{ part: 'slopes', shape: channel_shared ? [] : [channels] }]);
  const shape = channel_shared ? ones(rank - 1) : [channels, ...ones(rank - 2)];
  const slope = scope.constant('slope', { ...slopes!, shape });
  return withValue(bottom, scope.emit('PRelu', [bottom.value, slope]));
}

const eluFields = { alpha: 'float' } as const;

export function elu(scope: LayerScope): readonly Blob[] {
  const bottom = scope.bottom();
  const { alpha = 1 } = scope.read('elu_param', eluFields);
  return withValue(bottom, scope.emit('Elu', [bottom.value], { alpha: { float: alpha } }));
}

const clipFields = { min: 'float', max: 'float' } as const;

export function clip(scope: LayerScope): readonly Blob[] {
  const { min, max } = scope.read('clip_param', clipFields);
  if (min === undefined || max === undefined) return scope.refuse('needs min and max in its clip_param');
  return clipped(scope, min, max);
}

export const relu6 = (scope: LayerScope): readonly Blob[] => clipped(scope, 0, 6);

function clipped(scope: LayerScope, min: number, max: number): readonly Blob[] {
  const bottom = scope.bottom();
  const limits = [scope.constant('min', scalar(min)), scope.constant('max', scalar(max))];
  return withValue(bottom, scope.emit('Clip', [bottom.value, ...limits]));
}

const dropoutFields = { dropout_ratio: 'float', scale_train: 'bool' } as const;

/** Nothing, in phase TEST; with a fork's `scale_train: false` training did not scale, so testing does. */
export function dropout(scope: LayerScope): readonly Blob[] {
  const bottom = scope.bottom();
  const { dropout_ratio: ratio = 0.5, scale_train = true } = scope.read('dropout_param', dropoutFields);
  if (scale_train) return [bottom];
  return withValue(bottom, scope.emit('Mul', [bottom.value, scope.constant('kept', scalar(1 - ratio))]));
}
