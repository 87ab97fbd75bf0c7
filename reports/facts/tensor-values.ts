import { halfToFloat } from '../../harness/tensor/half.ts';
import type { Tensor } from '../../harness/tensor/tensor.ts';

/** Reads a tensor's elements as numbers, whatever their type; float16 is widened exactly. */
export function elementReader({ dtype, data }: Tensor): (flat: number) => number {
  if (dtype === 'float16') return (flat) => halfToFloat(Number(data[flat] ?? NaN));
  return (flat) => Number(data[flat] ?? NaN);
}
