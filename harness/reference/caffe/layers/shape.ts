import { elementCount, formatShape } from '../../../tensor/tensor.ts';
import type { Blob, LayerScope } from '../layer-scope.ts';
import { readFields } from '../read-fields.ts';
import { axisOf } from './axis.ts';
import { integers } from './constants.ts';

const reshaped = (scope: LayerScope, value: string, shape: readonly number[]): Blob => ({
  value: scope.emit('Reshape', [value, scope.constant('shape', integers(...shape))]),
  shape,
});

const flattenFields = { axis: 'int', end_axis: 'int' } as const;

export function flatten(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { axis = 1, end_axis = -1 } = scope.read('flatten_param', flattenFields);
  const [first, last] = [axisOf(scope, axis, shape.length), axisOf(scope, end_axis, shape.length)];
  if (last < first) scope.refuse(`flattens from axis ${first} to axis ${last}`);
  const flat = [
    ...shape.slice(0, first),
    elementCount(shape.slice(first, last + 1)),
    ...shape.slice(last + 1),
  ];
  if (first === 1 && last === shape.length - 1) {
    return [{ value: scope.emit('Flatten', [value], { axis: { int: 1 } }), shape: flat }];
  }
  return [reshaped(scope, value, flat)];
}

const reshapeFields = { shape: 'message', axis: 'int', num_axes: 'int' } as const;
const dimFields = { dim: 'ints' } as const;

/** 0 keeps an extent, -1 takes what is left; both count within the axes that are reshaped. */
export function reshape(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const declared = scope.read('reshape_param', reshapeFields);
  const { axis = 0, num_axes = -1 } = declared;
  const refuse = (problem: string) => scope.refuse(problem);
  const dims = declared.shape === undefined ? [] : readFields(declared.shape, dimFields, 'shape', refuse).dim;
  // Here an axis may also stand behind the last one, to add extents there.
  const first = axis < 0 ? axis + shape.length + 1 : axis;
  const count = num_axes === -1 ? shape.length - first : num_axes;
  if (first < 0 || count < 0 || first + count > shape.length) {
    scope.refuse(`reshapes ${count} axes from axis ${first} on, but its input has ${shape.length}`);
  }
  const kept = dims.map((extent, i) => (extent === 0 ? (shape[first + i] ?? 0) : extent));
  const [before, after] = [shape.slice(0, first), shape.slice(first + count)];
  const known = elementCount([...before, ...kept.filter((extent) => extent !== -1), ...after]);
  const rest = elementCount(shape) / known;
  const result = [...before, ...kept.map((extent) => (extent === -1 ? rest : extent)), ...after];
  const isWhole = result.every((extent) => Number.isSafeInteger(extent) && extent > 0);
  if (
    kept.filter((extent) => extent === -1).length > 1 ||
    !isWhole ||
    elementCount(result) !== elementCount(shape)
  ) {
    scope.refuse(
      `cannot make ${dims.join('x') || 'a shape without extents'} of ${formatShape(shape)}`,
      'Where the prototxt has a batch above 1, it was made 1: write 0 for an extent that is to follow the batch.',
    );
  }
  return [reshaped(scope, value, result)];
}

const permuteFields = { order: 'ints' } as const;

/** Axes that `order` leaves out follow in their own order. */
export function permute(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { order } = scope.read('permute_param', permuteFields);
  const all = [...order, ...[...shape.keys()].filter((axis) => !order.includes(axis))];
  if (new Set(all).size !== shape.length || all.length !== shape.length) {
    scope.refuse(`has order ${order.join(', ')} for an input of ${shape.length} axes`);
  }
  return [
    {
      value: scope.emit('Transpose', [value], { perm: { ints: all } }),
      shape: all.map((axis) => shape[axis]!),
    },
  ];
}

const cropFields = { axis: 'int', offset: 'ints' } as const;

/** Cuts the first bottom to the second's size, from `axis` on. */
export function crop(scope: LayerScope): readonly Blob[] {
  const [data, like] = scope.bottoms;
  if (data === undefined || like === undefined || scope.bottoms.length > 2) {
    return scope.refuse(`has ${scope.bottoms.length} bottoms, not two`);
  }
  const { axis = 2, offset } = scope.read('crop_param', cropFields);
  const rank = data.shape.length;
  const first = axisOf(scope, axis, rank);
  const axes = Array.from({ length: rank - first }, (_, i) => first + i);
  if (like.shape.length < rank) scope.refuse(`has a second input of ${like.shape.length} axes, not ${rank}`);
  if (offset.length > 1 && offset.length !== axes.length) {
    scope.refuse(`has ${offset.length} offsets for ${axes.length} axes`);
  }
  const starts = axes.map((_, i) => offset[offset.length === 1 ? 0 : i] ?? 0);
  const ends = axes.map((each, i) => starts[i]! + like.shape[each]!);
  if (starts.some((start) => start < 0) || ends.some((end, i) => end > data.shape[axes[i]!]!)) {
    scope.refuse(
      `cannot cut ${formatShape(like.shape)} at ${starts.join(', ')} from ${formatShape(data.shape)}`,
    );
  }
  const limits = [
    scope.constant('starts', integers(...starts)),
    scope.constant('ends', integers(...ends)),
    scope.constant('axes', integers(...axes)),
  ];
  const shape = data.shape.map((extent, each) => (each < first ? extent : like.shape[each]!));
  return [{ value: scope.emit('Slice', [data.value, ...limits]), shape }];
}

const tileFields = { axis: 'int', tiles: 'int' } as const;

export function tile(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { axis = 1, tiles = 0 } = scope.read('tile_param', tileFields);
  if (tiles < 1) scope.refuse('needs tiles, above 0');
  const at = axisOf(scope, axis, shape.length);
  const repeats = shape.map((_, each) => (each === at ? tiles : 1));
  return [
    {
      value: scope.emit('Tile', [value, scope.constant('repeats', integers(...repeats))]),
      shape: shape.map((extent, each) => extent * repeats[each]!),
    },
  ];
}

const shuffleFields = { group: 'int' } as const;

/** Deals the channels of `group` groups out in turn. */
export function shuffleChannel(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { group = 1 } = scope.read('shuffle_channel_param', shuffleFields);
  const [batch = 0, channels = 0, ...plane] = shape;
  if (group < 1 || channels % group !== 0)
    scope.refuse(`has group ${group}, which does not divide ${channels} channels`);
  const parted = scope.emit('Reshape', [
    value,
    scope.constant('groups', integers(batch, group, channels / group, ...plane)),
  ]);
  const perm = [0, 2, 1, ...plane.map((_, i) => i + 3)];
  return [reshaped(scope, scope.emit('Transpose', [parted], { perm: { ints: perm } }), shape)];
}
