/**
 * IEEE 754 binary16 ("half", fp16): 1 sign bit, 5 exponent bits (bias 15), 10 mantissa bits. Largest finite value
 * 65504, smallest normal 2^-14, smallest subnormal 2^-24. JavaScript has no such number, so halves travel as their bits.
 */

/** Largest finite half. */
export const maxHalf = 65_504;
/** Smallest normal half, 2^-14. */
export const minNormalHalf = 2 ** -14;
/** Step of the subnormal halves, 2^-24: the finest step of the whole grid. */
export const minSubnormalHalf = 2 ** -24;

const infinityBits = 0x7c00;
const maxHalfBits = 0x7bff;
const minNormalBits = 0x0400;
const quietNaNBits = 0x7e00;

/** The value of a half, exact; NaN for every NaN pattern. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * minSubnormalHalf;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

let valueOfBits: Float32Array | undefined;
/** Making the table takes as long as widening some ten thousand halves one by one. */
const worthTheTable = 16_384;

/** Widens halves, exactly. */
export function halvesToFloats(halves: Uint16Array): Float32Array {
  if (valueOfBits === undefined && halves.length < worthTheTable)
    return Float32Array.from(halves, halfToFloat);
  valueOfBits ??= Float32Array.from({ length: 0x10000 }, (_, bits) => halfToFloat(bits));
  const table = valueOfBits;
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i]!]!;
  return floats;
}

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);

/**
 * Magnitude bits of the largest half that is not above |value|, followed by two bits about what was cut off: the guard
 * bit (at least half a step) and the sticky bit (something beyond it). The half may be infinity's.
 *
 * @param high - Upper word of a finite double.
 * @param low - Its lower word.
 */
function truncateWithRest(high: number, low: number): number {
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  if (exponent > 15) return infinityBits << 2;
  if (exponent < -25) return 0;
  const mantissa = (high & 0xf_ffff) | 0x10_0000;
  // A normal half keeps 10 of the 20 mantissa bits in the high word; below 2^-14 each power of two costs one more bit.
  const shift = exponent >= -14 ? 10 : -4 - exponent;
  const guardBit = 1 << (shift - 1);
  const bits = (mantissa >> shift) + (exponent > -14 ? (exponent + 14) << 10 : 0);
  const guard = mantissa & guardBit ? 2 : 0;
  const sticky = (mantissa & (guardBit - 1)) !== 0 || low !== 0 ? 1 : 0;
  return (bits << 2) | guard | sticky;
}

/**
 * Rounds to the nearest half, ties to even, in one step from the double; overflow gives infinity. This is what NumPy
 * and F16C hardware do.
 *
 * @returns The 16 bits; 0x7e00 for NaN.
 */
export function floatToHalf(value: number): number {
  scratch[0] = value;
  const high = scratchWords[1]!;
  const sign = (high >>> 16) & 0x8000;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? quietNaNBits : sign | infinityBits;
  const cut = truncateWithRest(high, scratchWords[0]!);
  const bits = cut >> 2;
  const isTie = (cut & 3) === 2;
  const up = (cut & 3) === 3 || (isTie && (bits & 1) === 1);
  // Adding one to the bits carries from mantissa to exponent, up to infinity, exactly as rounding should.
  return sign | (up ? bits + 1 : bits);
}

export interface TruncationOptions {
  /** Infinities become ±65504 too. A finite value never overflows when truncated: it ends at ±65504 anyway. */
  readonly saturate?: boolean | undefined;
  /** What is below the smallest normal half, 2^-14, becomes zero of the same sign. */
  readonly flushSubnormals?: boolean | undefined;
}

/**
 * Truncates toward zero to a half. With both options on this is what the vendor's runtime does to float inputs of an
 * fp16 model (mantissa cut, clamped to ±65504, subnormals flushed).
 *
 * @returns The 16 bits; 0x7e00 for NaN.
 */
export function floatToHalfTruncated(value: number, options: TruncationOptions = {}): number {
  scratch[0] = value;
  const high = scratchWords[1]!;
  const sign = (high >>> 16) & 0x8000;
  if (Number.isNaN(value)) return quietNaNBits;
  if (!Number.isFinite(value)) return sign | (options.saturate ? maxHalfBits : infinityBits);
  const bits = Math.min(truncateWithRest(high, scratchWords[0]!) >> 2, maxHalfBits);
  return options.flushSubnormals && bits < minNormalBits ? sign : sign | bits;
}

/** Bits of the float32 numbers from which halves are normal, and from which they are none: 2^-14 and 2^16. */
const [leastNormal, beyondHalves] = [0x3880_0000, 0x4780_0000];
/** What the exponent's bias differs by, in the place of a half's exponent. */
const biasDifference = (127 - 15) << 10;

/** Rounds every element to the nearest half, ties to even. */
export function floatsToHalves(floats: Float32Array | Float64Array | readonly number[]): Uint16Array {
  const halves = new Uint16Array(floats.length);
  if (!(floats instanceof Float32Array)) {
    for (let i = 0; i < floats.length; i++) halves[i] = floatToHalf(floats[i]!);
    return halves;
  }
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const magnitude = word & 0x7fff_ffff;
    // Of a float32 with a normal half the mantissa's lower 13 bits go; half a step less one carries from there, and the
    // last bit that stays decides a tie.
    halves[i] =
      magnitude >= leastNormal && magnitude < beyondHalves
        ? ((word >>> 16) & 0x8000) |
          (((magnitude + 0xfff + ((magnitude >>> 13) & 1)) >>> 13) - biasDifference)
        : floatToHalf(floats[i]!);
  }
  return halves;
}

/** Truncates every element as {@link floatToHalfTruncated} does. */
export function floatsToHalvesTruncated(floats: Float32Array, options: TruncationOptions = {}): Uint16Array {
  const halves = new Uint16Array(floats.length);
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const magnitude = word & 0x7fff_ffff;
    halves[i] =
      magnitude >= leastNormal && magnitude < beyondHalves
        ? ((word >>> 16) & 0x8000) | ((magnitude >>> 13) - biasDifference)
        : floatToHalfTruncated(floats[i]!, options);
  }
  return halves;
}

/** Place of a half among all halves in ascending order; both zeros are place 0, infinity is one above 65504. */
export function orderedHalf(bits: number): number {
  return bits & 0x8000 ? -(bits & 0x7fff) : bits;
}

/**
 * How many steps of the fp16 grid lie between two values after each is rounded to the nearest half; works across
 * powers of two and across zero, and -0 equals 0. NaN if a side is NaN.
 */
export function halfUlpDistance(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  return Math.abs(orderedHalf(floatToHalf(a)) - orderedHalf(floatToHalf(b)));
}
