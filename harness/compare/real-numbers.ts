import { halvesToFloats } from '../tensor/half.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Elements as real numbers; float64 only where float32 would round them. */
export type RealNumbers = Float32Array | Float64Array;

/** The elements of a tensor as real numbers, exact up to 2^53; float32 and float64 are shared, not copied. */
export function realNumbers({ dtype, data }: Tensor): RealNumbers {
  switch (dtype) {
    case 'float32':
    case 'float64':
      return data as RealNumbers;
    case 'float16':
      return halvesToFloats(data as Uint16Array);
    case 'int8':
    case 'uint8':
    case 'int16':
    case 'uint16':
    case 'bool':
      return Float32Array.from(data as Uint8Array);
    case 'int32':
    case 'uint32':
      return Float64Array.from(data as Int32Array);
    case 'int64':
    case 'uint64':
      return Float64Array.from(data as BigInt64Array, Number);
  }
}
