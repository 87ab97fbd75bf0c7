import { elementCount, tensor } from '../../../tensor/tensor.ts';
import type { Blob, LayerScope } from '../layer-scope.ts';
import { axisOf } from './axis.ts';
import { integers, scalar } from './constants.ts';

const reductionFields = {
  /** Caffe counts these from 1. */
  operation: ['', 'SUM', 'ASUM', 'SUMSQ', 'MEAN'],
  axis: 'int',
  coeff: 'float',
} as const;

/** Everything from `axis` on to one number. */
export function reduction(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { operation = 'SUM', axis = 0, coeff = 1 } = scope.read('reduction_param', reductionFields);
  const first = axisOf(scope, axis, shape.length);
  const axes = [...shape.keys()].slice(first);
  const keepdims = { int: 0 };
  const listed = { axes: { ints: axes }, keepdims };
  const reduced = (() => {
    switch (operation) {
      case 'SUM':
        return scope.emit('ReduceSum', [value, scope.constant('axes', integers(...axes))], { keepdims });
      case 'ASUM':
        return scope.emit('ReduceL1', [value], listed);
      case 'SUMSQ':
        return scope.emit('ReduceSumSquare', [value], listed);
      case 'MEAN':
        return scope.emit('ReduceMean', [value], listed);
      case '':
        return scope.refuse('has operation 0, which is none');
    }
  })();
  const weighted =
    coeff === 1 ? reduced : scope.emit('Mul', [reduced, scope.constant('coeff', scalar(coeff))]);
  return [{ value: weighted, shape: shape.slice(0, first) }];
}

const argMaxFields = { out_max_val: 'bool', top_k: 'int', axis: 'int' } as const;

/**
 * Where the largest values are, as floats; of equal ones the later. With an axis, indices or values take its place;
 * without one, everything behind the batch is one list, and indices and values stand side by side.
 */
export function argMax(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const {
    out_max_val: wantsValues = false,
    top_k: count = 1,
    axis,
  } = scope.read('argmax_param', argMaxFields);
  if (axis !== undefined) {
    const at = axisOf(scope, axis, shape.length);
    const largest = largestOf(scope, value, shape[at]!, at, count);
    return [{ value: wantsValues ? largest.values : largest.indices(), shape: shape.with(at, count) }];
  }
  const [batch = 0, ...rest] = shape;
  const length = elementCount(rest);
  const flat = scope.emit('Reshape', [value, scope.constant('list', integers(batch, 1, length))]);
  const largest = largestOf(scope, flat, length, 2, count);
  const found = largest.indices();
  const result = wantsValues ? scope.emit('Concat', [found, largest.values], { axis: { int: 1 } }) : found;
  const top = [batch, wantsValues ? 2 : 1, count, ...rest.slice(2).map(() => 1)];
  if (top.length === 3) return [{ value: result, shape: top }];
  return [{ value: scope.emit('Reshape', [result, scope.constant('shape', integers(...top))]), shape: top }];
}

/** ONNX lists the earlier of equal values first, Caffe the later: the axis is turned round. */
function largestOf(scope: LayerScope, value: string, extent: number, axis: number, count: number) {
  if (count < 1 || count > extent) scope.refuse(`has top_k ${count} for ${extent} values`);
  const turned = scope.emit('Slice', [
    value,
    scope.constant('from', integers(extent - 1)),
    // Behind the beginning, whatever the extent.
    scope.constant('to', integers(-extent - 1)),
    scope.constant('axis', integers(axis)),
    scope.constant('step', integers(-1)),
  ]);
  const attributes = { axis: { int: axis } };
  const [values, places] = scope.emitSeveral(
    2,
    'TopK',
    [turned, scope.constant('count', integers(count))],
    attributes,
  );
  const last = scope.constant('last', tensor('int64', [], BigInt64Array.of(BigInt(extent - 1))));
  return {
    values: values!,
    indices: () => scope.emit('Cast', [scope.emit('Sub', [last, places!])], { to: { int: 1 } }),
  };
}
