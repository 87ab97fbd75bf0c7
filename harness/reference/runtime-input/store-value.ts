import { floatToHalfTruncated } from '../../tensor/half.ts';
import type { TensorStorage } from '../npu-format/tensor-storage.ts';

/** Turns a real value (float32) into a stored element. */
export type StoreValue = (value: number) => number;

/**
 * The last step of the runtime's general input conversion. Where the vendor's guide rounds, the runtime's code cuts
 * off: float16 loses its low mantissa bits, is clamped to +-65504 and loses subnormals; integers are clamped and
 * truncated.
 */
export function storeValue({ dtype, quantisation }: TensorStorage): StoreValue {
  if (dtype === 'float16') {
    return (value) => floatToHalfTruncated(value, { saturate: true, flushSubnormals: true });
  }
  switch (quantisation.kind) {
    case 'affine': {
      const { zp } = quantisation;
      const scale = Math.fround(quantisation.scale);
      return (value) => truncated(Math.fround(Math.fround(value / scale) + zp), 0, 255);
    }
    case 'dfp': {
      const factor = 2 ** quantisation.fl;
      const limit = dtype === 'int8' ? 128 : 32_768;
      return (value) => truncated(value * factor, -limit, limit - 1);
    }
    case 'none':
      return (value) => value;
  }
}

/** Clamped, then cut off toward zero; NaN, of which a board makes no promise, becomes 0. */
export const truncated = (value: number, low: number, high: number): number =>
  Math.trunc(Math.min(high, Math.max(low, value))) || 0;
