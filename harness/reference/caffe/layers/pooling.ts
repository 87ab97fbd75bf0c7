import type { Blob, LayerScope } from '../layer-scope.ts';
import { integers, scalar } from './constants.ts';
import type { Fields } from '../read-fields.ts';
import { tensor } from '../../../tensor/tensor.ts';

const fields = {
  pool: ['MAX', 'AVE', 'STOCHASTIC'],
  pad: 'int',
  pad_h: 'int',
  pad_w: 'int',
  kernel_size: 'int',
  kernel_h: 'int',
  kernel_w: 'int',
  stride: 'int',
  stride_h: 'int',
  stride_w: 'int',
  engine: 'ignored',
  global_pooling: 'bool',
  round_mode: ['CEIL', 'FLOOR'],
  /** Of forks; as round_mode. */
  ceil_mode: 'bool',
} as const;

/** One spatial axis of a pooling. */
interface Window {
  readonly kernel: number;
  readonly stride: number;
  /** Declared, on both sides. */
  readonly pad: number;
  /** Windows along the axis. */
  readonly output: number;
  /** By how much the last window reaches beyond the input. */
  readonly overshoot: number;
}

/**
 * Caffe's pooling: the number of windows is rounded up, but the last one must begin inside the input or its padding in
 * front. Averages count the declared padding, and not what the last window has beyond it.
 */
export function pooling(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  if (shape.length !== 4) scope.refuse(`needs 4 axes, but its input has ${shape.length}`);
  const declared = scope.read('pooling_param', fields);
  const { pool = 'MAX', global_pooling = false } = declared;
  if (pool === 'STOCHASTIC') scope.refuse('pools at random (pool: STOCHASTIC), which is not computed');
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const hasMask = scope.layer.tops.length > 1;
  if (hasMask && pool !== 'MAX') scope.refuse('has a mask as second top, which only pool: MAX makes');
  if (global_pooling && !hasMask) {
    refuseWindow(scope, declared);
    const opType = pool === 'MAX' ? 'GlobalMaxPool' : 'GlobalAveragePool';
    return [{ value: scope.emit(opType, [value]), shape: [batch, channels, 1, 1] }];
  }
  const windows = global_pooling
    ? ([wholeAxis(height), wholeAxis(width)] as const)
    : windowsOf(scope, declared, [height, width]);
  const pooled = { shape: [batch, channels, windows[0].output, windows[1].output] };
  if (pool === 'AVE') return [{ ...pooled, value: average(scope, value, windows) }];
  if (!hasMask) return [{ ...pooled, value: scope.emit('MaxPool', [value], attributesOf(windows)) }];
  const [maximum, maxima] = scope.emitSeveral(2, 'MaxPool', [value], attributesOf(windows));
  return [
    { ...pooled, value: maximum! },
    { ...pooled, value: mask(scope, maxima!, height * width), maxima: { value: maxima!, input: shape } },
  ];
}

type PoolingFields = Fields<typeof fields>;

const wholeAxis = (extent: number): Window => ({
  kernel: extent,
  stride: 1,
  pad: 0,
  output: 1,
  overshoot: 0,
});

function windowsOf(
  scope: LayerScope,
  declared: PoolingFields,
  extents: readonly [number, number],
): readonly [Window, Window] {
  const { kernel_size = 0, stride = 1, pad = 0 } = declared;
  const down = (declared.round_mode ?? (declared.ceil_mode === false ? 'FLOOR' : 'CEIL')) === 'FLOOR';
  const pads = [declared.pad_h ?? pad, declared.pad_w ?? pad] as const;
  const isPadded = pads.some((each) => each !== 0);
  const windowOf = (axis: 'h' | 'w', i: 0 | 1): Window => {
    const steps = {
      kernel: declared[`kernel_${axis}`] ?? kernel_size,
      stride: declared[`stride_${axis}`] ?? stride,
    };
    return fitWindow(scope, { ...steps, pad: pads[i] }, extents[i], { down, isPadded });
  };
  return [windowOf('h', 0), windowOf('w', 1)];
}

function fitWindow(
  scope: LayerScope,
  { kernel, stride, pad }: Pick<Window, 'kernel' | 'stride' | 'pad'>,
  extent: number,
  { down, isPadded }: { readonly down: boolean; readonly isPadded: boolean },
): Window {
  if (kernel < 1 || stride < 1) {
    scope.refuse(`needs a kernel and a stride above 0; they are ${kernel} and ${stride}`);
  }
  if (pad < 0 || pad >= kernel)
    scope.refuse(`has pad ${pad}, which must be less than its kernel of ${kernel}`);
  const steps = (extent + 2 * pad - kernel) / stride;
  const windows = (down ? Math.floor(steps) : Math.ceil(steps)) + 1;
  // Only with padding, on whichever axis, does Caffe leave out a last window that begins behind the input.
  const output = isPadded && (windows - 1) * stride >= extent + pad ? windows - 1 : windows;
  const begin = (output - 1) * stride - pad;
  if (output < 1 || begin >= extent) {
    scope.refuse(
      `has windows of ${kernel} at steps of ${stride} that do not fit into an extent of ${extent} with pad ${pad}`,
    );
  }
  return { kernel, stride, pad, output, overshoot: Math.max(0, begin + kernel - extent) };
}

function refuseWindow(scope: LayerScope, { kernel_size, kernel_h, kernel_w }: PoolingFields): void {
  if (kernel_size !== undefined || kernel_h !== undefined || kernel_w !== undefined) {
    scope.refuse('has both global_pooling and a kernel, which Caffe refuses');
  }
}

const attributesOf = (windows: readonly Window[]) => ({
  kernel_shape: { ints: windows.map(({ kernel }) => kernel) },
  strides: { ints: windows.map(({ stride }) => stride) },
  pads: { ints: [...windows.map(({ pad }) => pad), ...windows.map(({ overshoot }) => overshoot)] },
});

function average(scope: LayerScope, value: string, windows: readonly Window[]): string {
  const pads = windows.map(({ pad }) => pad);
  if (windows.every(({ pad, overshoot }) => overshoot <= pad)) {
    // Every window lies inside the declared padding, which counts.
    return scope.emit('AveragePool', [value], { ...attributesOf(windows), count_include_pad: { int: 1 } });
  }
  const edges = integers(0, 0, ...pads, 0, 0, ...pads);
  const padded = pads.every((pad) => pad === 0)
    ? value
    : scope.emit('Pad', [value, scope.constant('pads', edges), scope.constant('zero', scalar(0))]);
  // What is beyond the declared padding does not count.
  const beyond = windows.map(({ pad, overshoot }) => Math.max(0, overshoot - pad));
  return scope.emit('AveragePool', [padded], {
    ...attributesOf(windows),
    pads: { ints: [0, 0, ...beyond] },
    count_include_pad: { int: 0 },
  });
}

/** Caffe counts within a plane, and in floats. */
function mask(scope: LayerScope, maxima: string, plane: number): string {
  const size = scope.constant('plane', tensor('int64', [], BigInt64Array.of(BigInt(plane))));
  return scope.emit('Cast', [scope.emit('Mod', [maxima, size])], { to: { int: 1 } });
}
