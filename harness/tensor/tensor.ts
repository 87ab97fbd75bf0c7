import { bytesPerElement, type DataOf, type DType } from './dtype.ts';

/** A dense tensor in row-major order; `shape` is in NumPy's order, slowest dimension first. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  /** `elementCount(shape)` elements; float16 as raw bits. */
  readonly data: DataOf[D];
}

/** Tensors by name, in the order the model declares them. */
export type NamedTensors = ReadonlyMap<string, Tensor>;

/** Number of elements of a shape; 1 for a scalar (`[]`). */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const extent of shape) count *= extent;
  return count;
}

/**
 * Makes a tensor over `data` (shared, not copied).
 *
 * @throws {RangeError} If the data does not have exactly the shape's element count.
 */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: DataOf[D]): Tensor<D> {
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) {
      throw new RangeError(`shape [${shape.join(', ')}] has an extent that is no count`);
    }
  }
  if (data.length !== elementCount(shape)) {
    throw new RangeError(
      `shape [${shape.join(', ')}] holds ${elementCount(shape)} elements, but the data has ${data.length}`,
    );
  }
  return { dtype, shape: [...shape], data };
}

/** Bytes the elements take. */
export function tensorBytes({ dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>): number {
  return elementCount(shape) * bytesPerElement(dtype);
}

/** How a shape is shown to people: `1x3x224x224`, or `scalar`. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('x');
}
