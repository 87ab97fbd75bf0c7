import type { DType } from '../tensor/dtype.ts';
import type { Layout } from '../tensor/layout.ts';
import type { Quantisation } from '../tensor/quantisation.ts';

/** One input or output of a loaded model, as the board's runtime describes it. */
export interface TensorAttribute {
  readonly index: number;
  /** May be empty: drivers before 1.3.4 do not name outputs. */
  readonly name: string;
  /** NumPy order, slowest first (the vendor's `dims` reversed). */
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Meaningful for 4-D inputs only; for outputs it is decoration. */
  readonly layout: Layout;
  readonly quantisation: Quantisation;
  /** Bytes of the tensor as the model holds it. */
  readonly sizeBytes: number;
}
