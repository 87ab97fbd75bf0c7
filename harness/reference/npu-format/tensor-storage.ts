import type { DType } from '../../tensor/dtype.ts';
import { notQuantised, type Quantisation } from '../../tensor/quantisation.ts';

/** How the elements of a tensor are stored on the NPU, and what they stand for. */
export interface TensorStorage {
  readonly dtype: DType;
  readonly quantisation: Quantisation;
}

export const float16Storage: TensorStorage = { dtype: 'float16', quantisation: notQuantised };
export const float32Storage: TensorStorage = { dtype: 'float32', quantisation: notQuantised };
