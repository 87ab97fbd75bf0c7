import { halvesToFloats } from '../tensor/half.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A tensor's elements as numbers; 64-bit integers beyond 2^53 lose their last digits. */
export function realValues({ dtype, data }: Tensor): ArrayLike<number> {
  if (dtype === 'float16') return halvesToFloats(data as Uint16Array);
  if (dtype === 'int64' || dtype === 'uint64') return Float64Array.from(data as BigInt64Array, Number);
  return data as Exclude<Tensor['data'], BigInt64Array | BigUint64Array>;
}

/** Flat index of the largest element, the first one where several are equal; -1 if there is none. */
export function indexOfLargest(values: ArrayLike<number>): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) if (best < 0 || values[i]! > values[best]!) best = i;
  return best;
}

/** Where a flat row-major index is in a tensor, as people write it: `[0, 155, 2]`. */
export function formatPlace(shape: readonly number[], flat: number): string {
  const index: number[] = [];
  let rest = flat;
  for (const extent of shape.toReversed()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return `[${index.join(', ')}]`;
}
