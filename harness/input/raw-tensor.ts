import { bytesPerElement, elementsOf, isDType } from '../tensor/dtype.ts';
import { elementCount, formatShape, type Tensor, tensor } from '../tensor/tensor.ts';
import { TensorFileError } from '../tensor/tensor-file-error.ts';

/**
 * Reads a raw file of little-endian elements in row-major order.
 *
 * @throws {TensorFileError} If type or shape is missing, or the file has not exactly the bytes they ask for.
 */
export function decodeRaw(
  bytes: Uint8Array,
  { dtype, shape }: { readonly dtype?: string | undefined; readonly shape?: readonly number[] | undefined },
  origin: string,
): Tensor {
  if (dtype === undefined || !isDType(dtype) || shape === undefined) {
    throw new TensorFileError(origin, `is a raw file without ${dtype === undefined ? 'dtype' : 'shape'}`, {
      hint: 'Give both beside the file: {file: ..., dtype: float32, shape: [1, 3, 224, 224]}.',
    });
  }
  const expected = elementCount(shape) * bytesPerElement(dtype);
  if (bytes.length !== expected) {
    throw new TensorFileError(
      origin,
      `has ${bytes.length} bytes; ${dtype} ${formatShape(shape)} takes ${expected}`,
      { hint: 'Correct dtype or shape of the input in the spec, or write the file again.' },
    );
  }
  return tensor(dtype, shape, elementsOf(dtype, bytes));
}
