/** Limits are suggested to this many significant digits. */
const digits = 3;

/** Powers of ten that a double holds exactly. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * The smallest number of three significant digits that is not below a value, so that it can be pasted as a limit.
 *
 * @param value - Not negative.
 */
export function roundUp(value: number): number {
  const decimals = digits - 1 - Math.floor(Math.log10(value));
  const scale = powersOfTen[Math.abs(decimals)];
  // Nothing to shorten in 0, NaN and Infinity; and no limit needs values beyond 1e-20 to 1e25 to be short.
  if (scale === undefined) return value;
  const rounded = decimals >= 0 ? Math.ceil(value * scale) / scale : Math.ceil(value / scale) * scale;
  return rounded >= value ? rounded : value;
}

/**
 * The same for a lower limit near 1, such as a cosine: not above the value, with three digits of its distance from 1.
 *
 * @param value - At most 1.
 */
export function roundDownFromOne(value: number): number {
  if (value >= 1) return 1;
  const decimals = Math.min(15, digits - 1 - Math.floor(Math.log10(1 - value)));
  const scale = powersOfTen[Math.max(0, decimals)]!;
  const rounded = Math.floor(value * scale) / scale;
  return Math.max(-1, rounded <= value ? rounded : (Math.floor(value * scale) - 1) / scale);
}
