import { tensor } from '../../../tensor/tensor.ts';
import { codeLimits } from '../wire.ts';
import { checkedShape, planesOf, type Operator, type OperatorContext } from './operator.ts';
import { heightFirst, padsOf, placesOf, requireSpeltPadding, type Window } from './window.ts';

const kinds = {
  VX_CONVOLUTIONAL_NETWORK_POOLING_MAX: 'max',
  VX_CONVOLUTIONAL_NETWORK_POOLING_AVG: 'average',
  VX_CONVOLUTIONAL_NETWORK_POOLING_AVG_ANDROID: 'average-inside',
} as const;

const roundings = {
  VSI_NN_ROUND_FLOOR: 'floor',
  VSI_NN_ROUND_CEIL: 'ceil',
  VSI_NN_ROUND_CEILING: 'ceil',
} as const;

/**
 * Largest or mean value of each window. Means of whole numbers are exact sums divided once. The plain kind divides by
 * the window's size, its Android kind by how much of it lies inside the input.
 */
export const pooling: Operator = (context) => {
  const { writer, wish } = context;
  const parameters = context.parameters('pool');
  requireSpeltPadding(parameters);
  const kind = parameters.choice('type', kinds);
  const rounding = parameters.choice('round_type', roundings, 'floor');
  const from = context.input(0);
  const [batch, channels, height, width] = planesOf(context, from);
  const given: Window = {
    kernel: heightFirst(parameters.integers('ksize', { length: 2, min: 1 })),
    strides: heightFirst(parameters.integers('stride', { length: 2, min: 1 })),
    dilations: [1, 1],
    pads: padsOf(parameters),
  };
  const window = rounding === 'ceil' ? extendToCeiling(given, [height, width]) : given;
  const shape = checkedShape(context, [
    batch,
    channels,
    placesOf(height, window, 0),
    placesOf(width, window, 1),
  ]);
  const attributes = {
    kernel_shape: { ints: window.kernel },
    strides: { ints: window.strides },
    pads: { ints: window.pads },
  };
  if (kind === 'max') {
    return [{ ...from, name: writer.node('MaxPool', [from.name], `${wish}/max`, attributes), shape }];
  }
  const mean = writer.node('AveragePool', [from.name], `${wish}/mean`, {
    ...attributes,
    count_include_pad: { int: 1 },
  });
  const size = window.kernel[0] * window.kernel[1];
  const whole = from.codes !== undefined && codeLimits(from.codes) !== undefined;
  const inside = kind === 'average-inside' || rounding === 'ceil';
  if (!whole && !inside) return [{ name: mean, shape, step: from.step }];

  const total = writer.node('Mul', [mean, writer.scalar(size)], `${wish}/total`);
  const sums = whole ? writer.node('Round', [total], `${wish}/sums`) : total;
  if (!inside) return [{ name: sums, shape, step: from.step / size }];
  const counted = kind === 'average' ? given.pads : ([0, 0, 0, 0] as const);
  const name = writer.node(
    'Div',
    [sums, countsOf(context, window, counted, [height, width], shape)],
    `${wish}/means`,
  );
  return [{ name, shape, step: from.step }];
};

/** Rounding up lets the last window reach beyond the padding: more of it at the end gives the same places. */
function extendToCeiling(window: Window, extents: readonly [number, number]): Window {
  const [top, left, bottom, right] = window.pads;
  const more = ([0, 1] as const).map((axis) => {
    const { kernel, strides, pads } = window;
    const places = placesOf(extents[axis], window, axis, Math.ceil);
    return Math.max(
      0,
      (places - 1) * strides[axis] + kernel[axis] - (extents[axis] + pads[axis] + pads[axis + 2]!),
    );
  });
  return { ...window, pads: [top, left, bottom + more[0]!, right + more[1]!] };
}

/** How many elements every window counts: those inside the input and the padding that counts. */
function countsOf(
  { writer, wish }: OperatorContext,
  window: Window,
  counted: readonly [number, number, number, number],
  extents: readonly [number, number],
  [, , rows, columns]: readonly number[],
): string {
  const along = (axis: 0 | 1, places: number) =>
    Array.from({ length: places }, (_, place) => {
      const start = place * window.strides[axis] - window.pads[axis];
      const first = Math.max(start, -counted[axis]);
      const last = Math.min(start + window.kernel[axis], extents[axis] + counted[axis + 2]!);
      return Math.max(1, last - first);
    });
  const high = along(0, rows!);
  const wide = along(1, columns!);
  const counts = Float32Array.from(high.flatMap((h) => wide.map((w) => h * w)));
  return writer.constant(`${wish}/counts`, tensor('float32', [1, 1, rows!, columns!], counts));
}
