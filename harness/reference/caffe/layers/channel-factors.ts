import { formatShape, type Tensor } from '../../../tensor/tensor.ts';
import type { Blob, LayerScope } from '../layer-scope.ts';
import { axisOf, ones } from './axis.ts';
import { integers } from './constants.ts';

const scaleFields = {
  axis: 'int',
  num_axes: 'int',
  filler: 'ignored',
  bias_term: 'bool',
  bias_filler: 'ignored',
} as const;

const biasFields = { axis: 'int', num_axes: 'int', filler: 'ignored' } as const;

/** Multiplies with a second bottom or with weights that stretch over some axes; may add a bias of the same shape. */
export function scale(scope: LayerScope): readonly Blob[] {
  const fields = scope.read('scale_param', scaleFields);
  const { bias_term: hasBias = false } = fields;
  const [data, other] = dataAndOther(scope);
  const factors = factorsOf(scope, data, other, fields);
  const wanted = hasBias ? [{ part: 'bias', shape: factors.shape }] : [];
  if (other !== undefined) {
    const product = scope.emit('Mul', [data.value, broadcast(scope, other.value, factors)]);
    const [shift] = hasBias ? scope.weightValues(wanted) : [];
    return [
      { value: shift === undefined ? product : added(scope, product, shift, factors), shape: data.shape },
    ];
  }
  const [weights, shift] = scope.weightValues([{ part: 'factors', shape: factors.shape }, ...wanted]);
  const product = scope.emit('Mul', [data.value, stretched(scope, 'factors', weights!, factors)]);
  return [
    { value: shift === undefined ? product : added(scope, product, shift, factors), shape: data.shape },
  ];
}

/** Adds a second bottom or weights that stretch over some axes. */
export function bias(scope: LayerScope): readonly Blob[] {
  const [data, other] = dataAndOther(scope);
  const factors = factorsOf(scope, data, other, scope.read('bias_param', biasFields));
  if (other !== undefined) {
    const value = scope.emit('Add', [data.value, broadcast(scope, other.value, factors)]);
    return [{ value, shape: data.shape }];
  }
  const [shift] = scope.weightValues([{ part: 'bias', shape: factors.shape }]);
  return [{ value: added(scope, data.value, shift!, factors), shape: data.shape }];
}

function dataAndOther(scope: LayerScope): readonly [Blob, Blob | undefined] {
  const [data, other, ...more] = scope.bottoms;
  if (data === undefined || more.length > 0)
    scope.refuse(`has ${scope.bottoms.length} bottoms, not one or two`);
  return [data, other];
}

/** The shape of what is applied, and how many axes of the data come after it. */
interface Factors {
  readonly shape: readonly number[];
  readonly after: number;
}

/** Weights stretch over `num_axes` axes from `axis` on (-1: all); a second bottom over its own. */
function factorsOf(
  scope: LayerScope,
  data: Blob,
  other: Blob | undefined,
  { axis = 1, num_axes = 1 }: { readonly axis?: number; readonly num_axes?: number },
): Factors {
  const rank = data.shape.length;
  const isScalar = (other === undefined ? num_axes : other.shape.length) === 0;
  const first = isScalar ? 0 : axisOf(scope, axis, rank);
  const count = other?.shape.length ?? (num_axes === -1 ? rank - first : num_axes);
  const shape = data.shape.slice(first, first + count);
  if (count < 0 || first + count > rank) {
    scope.refuse(`stretches over ${count} axes from axis ${first} on, but its input has ${rank}`);
  }
  if (other !== undefined && formatShape(shape) !== formatShape(other.shape)) {
    scope.refuse(
      `has inputs of ${formatShape(data.shape)} and ${formatShape(other.shape)}, which do not fit at axis ${first}`,
    );
  }
  return { shape, after: isScalar ? 0 : rank - first - count };
}

const stretched = (scope: LayerScope, part: string, weights: Tensor, { shape, after }: Factors): string =>
  scope.constant(part, { ...weights, shape: [...shape, ...ones(after)] });

const added = (scope: LayerScope, value: string, shift: Tensor, factors: Factors): string =>
  scope.emit('Add', [value, stretched(scope, 'bias', shift, factors)]);

/** ONNX lines axes up at their ends, so the axes that come after need extents of 1. */
const broadcast = (scope: LayerScope, value: string, { shape, after }: Factors): string =>
  after === 0
    ? value
    : scope.emit('Reshape', [value, scope.constant('shape', integers(...shape, ...ones(after)))]);
