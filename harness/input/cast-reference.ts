import { floatsToHalves } from '../tensor/half.ts';
import type { DType } from '../tensor/dtype.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';

/**
 * A picture's tensor in the type that the reference model takes: float16 rounds to nearest, uint8 is taken where the
 * values are whole pixel values. For anything else, and for values that do not fit, the float32 tensor as it is, which the
 * check against the model then refuses.
 */
export function castReference(reference: Tensor<'float32'>, wanted: DType): Tensor {
  const { data, shape } = reference;
  if (wanted === 'float16') return tensor('float16', shape, floatsToHalves(data));
  if (wanted === 'uint8' && data.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)) {
    return tensor('uint8', shape, Uint8Array.from(data));
  }
  return reference;
}
