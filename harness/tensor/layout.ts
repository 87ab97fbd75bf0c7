import { allocate, type DType } from './dtype.ts';
import { type Tensor, formatShape, tensor } from './tensor.ts';

/** Order of the elements of a 4-D image tensor: planes (NCHW) or interleaved pixels (NHWC). */
export type Layout = 'NCHW' | 'NHWC';

/**
 * Changes a 4-D tensor from one layout to the other; the same tensor where nothing changes.
 *
 * @throws {RangeError} If the tensor is not 4-D.
 */
export function toLayout<D extends DType>(source: Tensor<D>, from: Layout, to: Layout): Tensor<D> {
  if (from === to) return source;
  if (source.shape.length !== 4) {
    throw new RangeError(`only a 4-D tensor has an image layout, this one is ${formatShape(source.shape)}`);
  }
  const [batch, a, b, c] = source.shape as [number, number, number, number];
  // NCHW -> NHWC turns [C][H*W] into [H*W][C]; the way back is the same transpose with the roles exchanged.
  const [rows, columns] = from === 'NCHW' ? [a, b * c] : [a * b, c];
  const shape = from === 'NCHW' ? [batch, b, c, a] : [batch, c, a, b];
  const target = allocate(source.dtype, source.data.length);
  const plane = rows * columns;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < rows; row++) {
      let read = n * plane + row * columns;
      let write = n * plane + row;
      for (let column = 0; column < columns; column++, read++, write += rows) {
        target[write] = source.data[read] as never;
      }
    }
  }
  return tensor(source.dtype, shape, target);
}
