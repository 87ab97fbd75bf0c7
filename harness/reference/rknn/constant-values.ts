import { bytesOf, elementsOf } from '../../tensor/dtype.ts';
import { halvesToFloats } from '../../tensor/half.ts';
import { affineOf } from '../npu-format/encode-values.ts';
import type { StoredConstant } from './read-constants.ts';

/** What a constant holds: value = number * step. */
export interface ConstantValues {
  readonly shape: readonly number[];
  /** Whole numbers (code - zero point) where the constant is quantised, else its values. */
  readonly numbers: Float32Array | Float64Array;
  readonly step: number;
  readonly isInteger: boolean;
}

/** Reads a constant's codes. float64 holds what float32 may not: biases of 32 bits and more. */
export function constantValues({ codes, storage }: StoredConstant): ConstantValues {
  const { shape, data, dtype } = codes;
  if (dtype === 'float16') {
    return {
      shape,
      numbers: halvesToFloats(elementsOf('float16', bytesOf(data))),
      step: 1,
      isInteger: false,
    };
  }
  const { step, zp } = affineOf(storage.quantisation);
  const isFloat = dtype === 'float32' || dtype === 'float64';
  const Numbers = /^(u?int(8|16)|bool|float32)$/.test(dtype) ? Float32Array : Float64Array;
  const numbers = new Numbers(data.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = Number(data[i]) - zp;
  return { shape, numbers, step, isInteger: !isFloat };
}

/** The values themselves, in float32. */
export function realValues(constant: StoredConstant): { shape: readonly number[]; values: Float32Array } {
  const { shape, numbers, step } = constantValues(constant);
  return { shape, values: Float32Array.from(numbers, (number) => number * step) };
}
