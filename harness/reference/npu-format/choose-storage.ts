import { float16Storage, type TensorStorage } from './tensor-storage.ts';

/** Numeric format a whole model is converted to. */
export type ModelFormat = 'fp16' | 'u8' | 'i8' | 'i16';

/** Smallest and largest value a tensor takes. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** How a tensor with these values is stored in a model of this format. */
export function chooseStorage(format: ModelFormat, range: ValueRange): TensorStorage {
  switch (format) {
    case 'fp16':
      return float16Storage;
    case 'u8':
      return { dtype: 'uint8', quantisation: { kind: 'affine', ...chooseAffine(range) } };
    case 'i8':
      return { dtype: 'int8', quantisation: { kind: 'dfp', fl: chooseFl(range, 8) } };
    case 'i16':
      return { dtype: 'int16', quantisation: { kind: 'dfp', fl: chooseFl(range, 16) } };
  }
}

/**
 * The vendor guide's rule for asymmetric u8: the range is widened to contain 0, scale = (max - min) / 255,
 * zp = round(-min / scale). The scale is a float32; a range of 0 only gets scale 1.
 */
export function chooseAffine({ min, max }: ValueRange): { scale: number; zp: number } {
  const low = Math.min(min, 0);
  const high = Math.max(max, 0);
  const scale = Math.fround((high - low) / 255);
  if (!(scale > 0)) return { scale: 1, zp: 0 };
  return { scale, zp: Math.min(255, Math.round((0 - low) / scale)) };
}

/**
 * Fraction length of dynamic fixed point: the most fraction bits whose range +-2^(bits - 1 - fl) still holds the
 * largest magnitude. A magnitude of exactly that limit counts as held (it saturates by one step), as in the vendor's
 * MobileNet with -1..1 at fl 7.
 */
export function chooseFl({ min, max }: ValueRange, bits: 8 | 16): number {
  const largest = Math.max(Math.abs(min), Math.abs(max));
  if (!(largest > 0)) return bits - 1;
  return Math.max(-128, Math.min(127, bits - 1 - exponentAtLeast(largest)));
}

/** Smallest e with 2^e >= value; the logarithm alone may be off by one beside a power of two. */
function exponentAtLeast(value: number): number {
  const estimate = Math.ceil(Math.log2(value));
  if (2 ** (estimate - 1) >= value) return estimate - 1;
  return 2 ** estimate < value ? estimate + 1 : estimate;
}
