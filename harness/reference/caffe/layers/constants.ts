import { tensor, type Tensor } from '../../../tensor/tensor.ts';

export const scalar = (value: number): Tensor => tensor('float32', [], Float32Array.of(value));

/** A list of whole numbers, as ONNX takes shapes and axes. */
export const integers = (...values: readonly number[]): Tensor =>
  tensor('int64', [values.length], BigInt64Array.from(values, BigInt));
