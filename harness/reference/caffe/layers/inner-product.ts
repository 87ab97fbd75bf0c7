import { elementCount } from '../../../tensor/tensor.ts';
import type { Blob, LayerScope } from '../layer-scope.ts';
import { axisOf } from './axis.ts';
import { integers } from './constants.ts';

const fields = {
  num_output: 'int',
  bias_term: 'bool',
  weight_filler: 'ignored',
  bias_filler: 'ignored',
  axis: 'int',
  transpose: 'bool',
} as const;

/** A matrix product over everything from `axis` on; what is before stays as it is. */
export function innerProduct(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const declared = scope.read('inner_product_param', fields);
  const { num_output: outputs = 0, bias_term = true, axis = 1, transpose = false } = declared;
  if (outputs < 1) scope.refuse('needs num_output, above 0');
  const first = axisOf(scope, axis, shape.length);
  const [before, rows, columns] = [
    shape.slice(0, first),
    elementCount(shape.slice(0, first)),
    elementCount(shape.slice(first)),
  ];
  const constants = scope.weights([
    { part: 'weights', shape: transpose ? [columns, outputs] : [outputs, columns] },
    ...(bias_term ? [{ part: 'bias', shape: [outputs] }] : []),
  ]);
  const matrix = matrixOf();
  const product = scope.emit('Gemm', [matrix, ...constants], transpose ? {} : { transB: { int: 1 } });
  const output =
    first === 1
      ? product
      : scope.emit('Reshape', [product, scope.constant('shape', integers(...before, outputs))]);
  return [{ value: output, shape: [...before, outputs] }];

  function matrixOf(): string {
    if (first === 1) return shape.length === 2 ? value : scope.emit('Flatten', [value], { axis: { int: 1 } });
    return scope.emit('Reshape', [value, scope.constant('matrix', integers(rows, columns))]);
  }
}
