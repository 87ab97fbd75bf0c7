import { bytesPerElement, elementsOf } from '../../tensor/dtype.ts';
import { elementCount, formatShape, tensor, type Tensor } from '../../tensor/tensor.ts';
import type { TensorStorage } from '../npu-format/tensor-storage.ts';
import { storageFromRknn } from '../rknn-file/tensor-attributes.ts';
import type { RknnTrailer } from '../rknn-file/trailer.ts';
import { RknnImportError } from './import-error.ts';

/** A constant as the file stores it: codes, not values. */
export interface StoredConstant {
  readonly id: number;
  /** NumPy order. */
  readonly codes: Tensor;
  readonly storage: TensorStorage;
}

/** The most elements that a tensor may have: 1 GB of float32. Files can announce any number. */
export const maxElements = 2 ** 28;

/** A 0 is no dimension; slowest first from here on. */
export function shapeOf(size: readonly number[], what: string, origin: string): number[] {
  const shape = size.filter((extent) => extent > 0).toReversed();
  if (elementCount(shape) > maxElements) {
    throw new RknnImportError(origin, `${what} is ${formatShape(shape)}, more than ${maxElements} elements`);
  }
  return shape;
}

/** Every constant by its id. @throws {RknnImportError} If a shape and a length contradict each other. */
export function readConstants(
  trailer: RknnTrailer,
  payload: Uint8Array,
  origin: string,
): Map<number, StoredConstant> {
  return new Map(
    (trailer.const_tensor ?? []).map(({ tensor_id: id, size, dtype, offset, len }) => {
      const what = `const_tensor ${id}`;
      const storage = storageFromRknn(dtype, `${origin}: ${what}`);
      const shape = shapeOf(size, what, origin);
      const bytes = elementCount(shape) * bytesPerElement(storage.dtype);
      if (bytes !== len) {
        throw new RknnImportError(
          origin,
          `${what} is ${formatShape(shape)} of ${storage.dtype}, which takes ${bytes} bytes, but it has ${len}`,
        );
      }
      const data = elementsOf(storage.dtype, payload.subarray(offset, offset + len));
      return [id, { id, codes: tensor(storage.dtype, shape, data), storage }];
    }),
  );
}
