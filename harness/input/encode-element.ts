import type { BoardInputDeclaration } from '../spec/schema.ts';
import { floatToHalf, floatToHalfTruncated, maxHalf } from '../tensor/half.ts';
import type { Quantisation } from '../tensor/quantisation.ts';
import { roundHalfEven } from './resize/round-half-even.ts';

/** Element types that the board's runtime takes. */
export type BoardDType = Exclude<BoardInputDeclaration['dtype'], 'native'>;

export type Rounding = BoardInputDeclaration['rounding'];

/** Smallest and largest integer of a type; none for floats. */
const integerRange: { readonly [D in BoardDType]: readonly [number, number] | undefined } = {
  uint8: [0, 255],
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  float16: undefined,
  float32: undefined,
};

export const isIntegerDType = (dtype: BoardDType): boolean => integerRange[dtype] !== undefined;

/**
 * How a real value becomes an element of the board's buffer; everything saturates.
 *
 * - affine, nearest: round(value / scale) + zp, as the vendor's guide has it; truncate: value / scale + zp, clamped,
 *   then truncated, as the vendor's runtime does it. Both in float32, with `scale` as a float32.
 * - dynamic fixed point: value * 2^fl, rounded or truncated toward zero.
 * - float16: nearest even; or truncated with subnormals flushed to zero, as the vendor's runtime does it.
 *
 * Nearest means ties to even, as in NumPy.
 *
 * @returns A function from value to element; for float16 to its 16 bits.
 */
export function elementEncoder(
  dtype: BoardDType,
  quantisation: Quantisation,
  rounding: Rounding,
): (value: number) => number {
  const range = integerRange[dtype];
  if (range === undefined) return dtype === 'float32' ? Math.fround : halfEncoder(rounding);
  const clamp = (value: number) => Math.min(range[1], Math.max(range[0], value));
  const truncate = rounding === 'truncate';
  switch (quantisation.kind) {
    case 'none':
      return truncate ? (value) => Math.trunc(clamp(value)) : (value) => clamp(roundHalfEven(value));
    case 'affine': {
      const scale = Math.fround(quantisation.scale);
      const { zp } = quantisation;
      return truncate
        ? (value) => Math.trunc(clamp(Math.fround(Math.fround(value / scale) + zp)))
        : (value) => clamp(roundHalfEven(Math.fround(value / scale)) + zp);
    }
    case 'dfp': {
      const factor = 2 ** quantisation.fl;
      return truncate
        ? (value) => Math.trunc(clamp(value * factor))
        : (value) => clamp(roundHalfEven(value * factor));
    }
  }
}

function halfEncoder(rounding: Rounding): (value: number) => number {
  return rounding === 'truncate'
    ? (value) => floatToHalfTruncated(value, { saturate: true, flushSubnormals: true })
    : (value) => floatToHalf(Math.min(maxHalf, Math.max(-maxHalf, value)));
}
