import { allocate } from '../../tensor/dtype.ts';
import { floatsToHalves, floatsToHalvesTruncated } from '../../tensor/half.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import type { TensorStorage } from './tensor-storage.ts';

/** How a converter makes float16 of a float32 weight. */
export type HalfRounding = 'nearest' | 'truncate';

/**
 * Writes real values in a storage format, as a converter does with constants: integers are rounded half to even and
 * saturate; float16 saturates at 65504.
 */
export function encodeValues(
  { shape, data }: Tensor<'float32'>,
  { dtype, quantisation }: TensorStorage,
  halfRounding: HalfRounding,
): Tensor {
  if (dtype === 'float32') return tensor('float32', shape, data);
  if (dtype === 'float16') return tensor('float16', shape, encodeHalves(data, halfRounding));
  const [low, high] = integerLimits(dtype);
  const { step, zp } = affineOf(quantisation);
  const codes = allocate(dtype, data.length);
  const big = codes instanceof BigInt64Array;
  for (let i = 0; i < data.length; i++) {
    const code = Math.min(high, Math.max(low, roundHalfEven(data[i]! / step) + zp));
    codes[i] = (big ? BigInt(code) : code) as never;
  }
  return tensor(dtype, shape, codes);
}

const infinityBits = 0x7c00;

/** Saturates: constants of the NPU are finite. */
function encodeHalves(values: Float32Array, rounding: HalfRounding): Uint16Array {
  if (rounding === 'truncate') return floatsToHalvesTruncated(values, { saturate: true });
  const halves = floatsToHalves(values);
  // The largest half is the one before infinity, on either side.
  for (let i = 0; i < halves.length; i++) if ((halves[i]! & 0x7fff) === infinityBits) halves[i]!--;
  return halves;
}

/** Any quantisation as value = (q - zp) * step. */
export function affineOf(quantisation: TensorStorage['quantisation']): { step: number; zp: number } {
  switch (quantisation.kind) {
    case 'none':
      return { step: 1, zp: 0 };
    case 'affine':
      return { step: quantisation.scale, zp: quantisation.zp };
    case 'dfp':
      return { step: 2 ** -quantisation.fl, zp: 0 };
  }
}

function integerLimits(dtype: TensorStorage['dtype']): readonly [number, number] {
  switch (dtype) {
    case 'uint8':
      return [0, 255];
    case 'int8':
      return [-128, 127];
    case 'int16':
      return [-32_768, 32_767];
    case 'int32':
      return [-(2 ** 31), 2 ** 31 - 1];
    case 'int64':
      return [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    default:
      throw new RangeError(`${dtype} is no format of a constant on the NPU`);
  }
}

/** Nearest integer, ties to the even one. */
function roundHalfEven(value: number): number {
  const nearest = Math.round(value);
  // Math.round puts ties up.
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
