import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import { minNormalHalf, minSubnormalHalf } from '../../tensor/half.ts';

/** Which numbers an output can hold. */
export type StoredGrid =
  /** fp16. */
  | { readonly kind: 'half' }
  /** Quantised: the same step everywhere. */
  | { readonly kind: 'even'; readonly step: number }
  /** float32 and wider: too fine to matter here. */
  | { readonly kind: 'fine' };

export function storedGrid({
  dtype,
  quantisation,
}: Pick<TensorAttribute, 'dtype' | 'quantisation'>): StoredGrid {
  if (quantisation.kind === 'affine') return { kind: 'even', step: quantisation.scale };
  if (quantisation.kind === 'dfp') return { kind: 'even', step: 2 ** -quantisation.fl };
  if (dtype === 'float16') return { kind: 'half' };
  return dtype === 'float32' || dtype === 'float64' ? { kind: 'fine' } : { kind: 'even', step: 1 };
}

/** Distance between neighbouring numbers of the grid at a value. */
export function stepAt(grid: StoredGrid, value: number): number {
  switch (grid.kind) {
    case 'half': {
      const magnitude = Math.abs(value);
      return magnitude < minNormalHalf ? minSubnormalHalf : 2 ** (Math.floor(Math.log2(magnitude)) - 10);
    }
    case 'even':
      return grid.step;
    case 'fine':
      return 0;
  }
}
