import { formatShape } from '../../../tensor/tensor.ts';
import type { Blob, LayerScope } from '../layer-scope.ts';
import { axisOf } from './axis.ts';
import { integers } from './constants.ts';

const concatFields = { axis: 'int', concat_dim: 'int' } as const;

export function concat(scope: LayerScope): readonly Blob[] {
  const { bottoms } = scope;
  const declared = scope.read('concat_param', concatFields);
  const shape = bottoms[0]?.shape ?? [];
  const axis = axisOf(scope, declared.axis ?? declared.concat_dim ?? 1, shape.length);
  const others = (each: Blob) => formatShape(each.shape.with(axis, 1));
  for (const other of bottoms) {
    if (other.shape.length !== shape.length || others(other) !== others(bottoms[0]!)) {
      scope.refuse(
        `joins ${bottoms.map((each) => formatShape(each.shape)).join(', ')} on axis ${axis}, which do not fit together`,
      );
    }
  }
  const extent = bottoms.reduce((sum, each) => sum + each.shape[axis]!, 0);
  const values = bottoms.map(({ value }) => value);
  return [{ value: scope.emit('Concat', values, { axis: { int: axis } }), shape: shape.with(axis, extent) }];
}

const sliceFields = { axis: 'int', slice_dim: 'int', slice_point: 'ints' } as const;

/** Cuts at the points, or into equal parts. */
export function slice(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const parts = scope.layer.tops.length;
  const { slice_point: points, ...declared } = scope.read('slice_param', sliceFields);
  const axis = axisOf(scope, declared.axis ?? declared.slice_dim ?? 1, shape.length);
  const extent = shape[axis]!;
  if (points.length > 0 && points.length !== parts - 1) {
    scope.refuse(`has ${points.length} slice_point for ${parts} tops`);
  }
  const edges =
    points.length > 0 ? points : Array.from({ length: parts - 1 }, (_, i) => ((i + 1) * extent) / parts);
  const sizes = [...edges, extent].map((edge, i) => edge - (i === 0 ? 0 : edges[i - 1]!));
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
    scope.refuse(`cannot cut an extent of ${extent} into ${parts} at ${edges.join(', ')}`);
  }
  const values =
    parts === 1
      ? [value]
      : scope.emitSeveral(parts, 'Split', [value, scope.constant('sizes', integers(...sizes))], {
          axis: { int: axis },
        });
  return values.map((each, i) => ({ value: each, shape: shape.with(axis, sizes[i]!) }));
}

/** The same for every top. */
export function split(scope: LayerScope): readonly Blob[] {
  const bottom = scope.bottom();
  return scope.layer.tops.map(() => bottom);
}

/** Takes blobs, so that they are no outputs of the network. */
export const silence = (): readonly Blob[] => [];
