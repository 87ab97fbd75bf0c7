import type { Tensor } from '../../tensor/tensor.ts';

/** What sort of mistake turns the reference's values into the board's, as far as the error's own shape tells. */
export type WrongKind =
  /** The same bits, or the same real values. */
  | 'no-difference'
  /** Errors of the size of the format's own steps, to both sides. */
  | 'rounding'
  /** The same size, but always toward one side: digits were cut off. */
  | 'truncation'
  /** board = reference + constant, one per tensor or per channel. */
  | 'constant-offset'
  /** board = reference * constant, one per tensor or per channel. */
  | 'constant-factor'
  /** Both at once, per tensor or per channel. */
  | 'offset-and-factor'
  /** Right up to a bound, and held there beyond it. */
  | 'saturation'
  /** Right values, channels in another order. */
  | 'channel-swap'
  /** Right values, axes in another order (NCHW read as NHWC, height and width exchanged). */
  | 'layout-swap'
  /** Right values, moved by whole pixels. */
  | 'spatial-shift'
  /** Right values, mirrored. */
  | 'spatial-flip'
  /** The reference's activation function was not applied on the board. */
  | 'missing-activation'
  /** An activation function was applied that the reference does not have there, or once more than it has. */
  | 'extra-activation'
  /** The board's values are those of another tensor that was given for comparison, e.g. of the input before. */
  | 'stale-data'
  /** Right values, but the memory is read from another start. */
  | 'shifted-data'
  /** One value everywhere, all zeros above all, where the reference varies. */
  | 'constant-output'
  /** NaN or Infinity on the board where the reference is finite. */
  | 'non-finite'
  /** Follows the reference, but the error has none of the shapes above. */
  | 'unexplained'
  /** Has nothing to do with the reference. */
  | 'uncorrelated';

/** One way to explain the error. */
export interface Explanation {
  readonly kind: WrongKind;
  /**
   * The numbers it rests on. "Steps" are steps of the storage format: fp16 ulps at the reference's value, or
   * quantisation steps. Always there unless the kind is `non-finite`: `elements`, `rmsSteps`, `maxSteps`, `meanSteps`
   * (of the error board - reference), `correlation` (NaN if a side is constant). For structured kinds also
   * `explainedShare` (of the squared error, 0 to 1) and `residualSteps` (rms of what is left).
   */
  readonly evidence: Readonly<Record<string, number>>;
  /** For people: what it looks like, how big, and where to look. */
  readonly sentence: string;
}

/** What the error looks like; `kind` is the simplest explanation among the best. */
export interface KindOfWrong extends Explanation {
  /** Other explanations that fit these values as well; the sentence names them. */
  readonly alternatives: readonly Explanation[];
}

export interface KindOfWrongOptions {
  /**
   * Which axis counts channels. Default: 1 for tensors of three and more dimensions (NCHW), the last one for two. The
   * two axes behind it, or for the last axis the two before it, are height and width.
   */
  readonly channelAxis?: number | undefined;
  /**
   * Root mean square error, in real values, that the numeric format alone explains for this layer and this input, where
   * an emulation measured it. Without it only the rounding of the layer's own output is expected.
   */
  readonly expectedRmse?: number | undefined;
  /** Tensors that the board may show by mistake, by what they are: `the input before`, `layer conv1`. */
  readonly others?: ReadonlyMap<string, Tensor<'float32'>> | undefined;
}
