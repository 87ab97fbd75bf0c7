/**
 * How a tensor's stored integers stand for real values (facts of the vendor's API: `qnt_type`).
 *
 * - `none`: the elements are the values (float16, float32) or plain integers.
 * - `affine`: value = (q - zp) * scale.
 * - `dfp`: dynamic fixed point, value = q * 2^-fl; `fl` may be negative.
 */
export type Quantisation =
  | { readonly kind: 'none' }
  | { readonly kind: 'affine'; readonly scale: number; readonly zp: number }
  | { readonly kind: 'dfp'; readonly fl: number };

export const notQuantised: Quantisation = { kind: 'none' };

/** Numeric format a board's model was built for; `hybrid` mixes two. */
export type NumericFormat = 'fp16' | 'u8' | 'i8' | 'i16' | 'hybrid';
