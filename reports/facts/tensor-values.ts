import type { Tensor } from '../../harness/tensor/tensor.ts';

/** Reads a tensor's elements as numbers, whatever their type; float16 is widened exactly. */
export function elementReader({ dtype, data }: Tensor): (flat: number) => number {
  if (dtype === 'float16') return (flat) => halfToNumber(Number(data[flat] ?? NaN));
  return (flat) => Number(data[flat] ?? NaN);
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
