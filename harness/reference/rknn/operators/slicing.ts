import { formatShape } from '../../../tensor/tensor.ts';
import type { Wire } from '../wire.ts';
import { axisOf, type Operator, type OperatorContext } from './operator.ts';

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Part of a tensor; ranges are by axis in NumPy's order. */
function slice(context: OperatorContext, from: Wire, ranges: readonly Range[], wish: string): Wire {
  const { writer } = context;
  const shape = ranges.map(({ start, end, step }) => Math.max(0, Math.ceil((end - start) / step)));
  const inside = ranges.every(
    ({ start, end, step }, axis) => start >= 0 && end <= from.shape[axis]! && start < end && step >= 1,
  );
  if (!inside || ranges.length !== from.shape.length) {
    throw context.error(`takes ${formatShape(shape)} out of a tensor of ${formatShape(from.shape)}`);
  }
  const list = (label: string, values: readonly number[]) => writer.integers(`${wish}/${label}`, values);
  const inputs = [
    from.name,
    list(
      'starts',
      ranges.map(({ start }) => start),
    ),
    list(
      'ends',
      ranges.map(({ end }) => end),
    ),
    list('axes', [...ranges.keys()]),
    list(
      'steps',
      ranges.map(({ step }) => step),
    ),
  ];
  return { ...from, name: writer.node('Slice', inputs, `${wish}/part`), shape };
}

/** A block out of a tensor: where it starts and how long it is, fastest first. */
export const sliceBlock: Operator = (context) => {
  const parameters = context.parameters('slice');
  const from = context.input(0);
  const starts = parameters.integers('start').toReversed();
  const lengths = parameters.integers('length').toReversed();
  const ranges = starts.map((start, axis) => ({ start, end: start + (lengths[axis] ?? 0), step: 1 }));
  return [slice(context, from, ranges, context.wish)];
};

/** A block with steps; negative positions count from the end, masked ones are the tensor's own ends. */
export const sliceWithSteps: Operator = (context) => {
  const parameters = context.parameters('strided_slice');
  for (const mask of ['shrink_axis_mask', 'new_axis_mask']) {
    if (parameters.number(mask, 0) !== 0) throw context.error(`changes the number of dimensions by ${mask}`);
  }
  const from = context.input(0);
  const rank = from.shape.length;
  const [beginMask, endMask] = [parameters.number('begin_mask', 0), parameters.number('end_mask', 0)];
  const begins = parameters.integers('begin_dims', { length: rank, min: -(2 ** 24) });
  const ends = parameters.integers('end_dims', { length: rank, min: -(2 ** 24) });
  const steps = parameters.integers('stride_dims', { length: rank, min: 1 });
  const ranges = from.shape.map((extent, axis): Range => {
    const fast = rank - 1 - axis;
    const at = (position: number) => (position < 0 ? position + extent : Math.min(position, extent));
    const masked = (mask: number) => (mask & (1 << fast)) !== 0;
    return {
      start: masked(beginMask) ? 0 : at(begins[fast]!),
      end: masked(endMask) ? extent : at(ends[fast]!),
      step: steps[fast]!,
    };
  });
  return [slice(context, from, ranges, context.wish)];
};

/** Consecutive parts along an axis; equal ones where the file lists no lengths. */
export const split: Operator = (context) => {
  const parameters = context.parameters('split');
  const from = context.input(0);
  const axis = axisOf(context, parameters.number('axis'), from.shape.length);
  const extent = from.shape[axis]!;
  const count = context.node.outputs.length;
  const lengths = parameters.integers('slices', {
    length: count,
    min: 1,
    fallback: Array.from({ length: count }, () => extent / count),
  });
  if (lengths.reduce((sum, length) => sum + length, 0) !== extent) {
    throw context.error(`splits ${extent} elements into ${lengths.join(' + ')}`);
  }
  let start = 0;
  return lengths.map((length, port) => {
    const ranges = from.shape.map((whole, other) =>
      other === axis ? { start, end: start + length, step: 1 } : { start: 0, end: whole, step: 1 },
    );
    start += length;
    return slice(context, from, ranges, `${context.wish}/${port}`);
  });
};
