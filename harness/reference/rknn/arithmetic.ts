/** How an integer is made of a real number. */
export type IntegerRounding = 'half-away-from-zero' | 'half-to-even' | 'toward-zero' | 'down';

/**
 * The freedoms of the NPU's arithmetic, for networks read from .rknn files. They are a model: drivers name these
 * modes, but what the chip does with them has not been measured.
 */
export interface RknnArithmetic {
  /** Rounding of u8 results. */
  readonly u8Rounding: IntegerRounding;
  /** Rounding of i8 and i16 results. */
  readonly signedRounding: IntegerRounding;
  /** Rounding of float16 results. */
  readonly float16Rounding: 'half-to-even' | 'toward-zero';
  /** What a float16 result beyond 65504 becomes. */
  readonly float16Overflow: 'infinity' | 'saturate';
  /**
   * `driver`: a convolution, fully connected layer or addition and the ReLU (and small max pooling) behind it are one
   * step that rounds once, as drivers fuse them. `none`: every tensor that the file lists is rounded.
   */
  readonly fusion: 'driver' | 'none';
}

/** As drivers from 1.5.1 to 1.7.5 set it up. */
export const defaultArithmetic: RknnArithmetic = {
  u8Rounding: 'half-away-from-zero',
  signedRounding: 'half-to-even',
  float16Rounding: 'half-to-even',
  float16Overflow: 'infinity',
  fusion: 'driver',
};

/** What is known to differ between SDKs. */
export const arithmeticOfSdk = (sdk: string): Partial<RknnArithmetic> => ({
  u8Rounding: sdk === '1.5.0' ? 'half-to-even' : 'half-away-from-zero',
});
