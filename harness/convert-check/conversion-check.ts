import type { ModelFormat } from '../reference/npu-format/choose-storage.ts';
import type { AnswerError } from '../model-diff/answers.ts';
import type { RankedClass } from '../compare/comparison.ts';

/** How well a .rknn file says what its float network says, and what to do about it. Plain data. */
export interface ConversionCheck {
  readonly model: string;
  readonly toolkit: string | undefined;
  readonly format: ModelFormat | 'unknown';
  /** Names of the cases whose inputs were tried. */
  readonly cases: readonly string[];
  /** In execution order, each with the worst of all inputs. */
  readonly layers: readonly ConvertedLayer[];
  /** Constants that their format holds badly, worst first. */
  readonly weights: readonly WeightFinding[];
  /** How many constants were looked at. */
  readonly weightsSeen: number;
  readonly answers: readonly ConvertedAnswer[];
  /** What to do, most important first; empty for a healthy conversion. */
  readonly advice: readonly Advice[];
  readonly remarks: readonly string[];
}

/** One layer of the converted network against the float one; errors are the worst over the inputs. */
export interface ConvertedLayer {
  readonly value: string;
  readonly ops: readonly string[];
  /** Layer in the vendor's own spelling, as hybrid quantisation wants it; absent where the file has no such name. */
  readonly lid?: string | undefined;
  /** With all layers before it converted as well. */
  readonly cumulative: { readonly cosine: number; readonly relative: number };
  /** Alone: fed with what the converted network feeds it. */
  readonly isolated: { readonly cosine: number; readonly relative: number };
  /** Largest share of values on one input that lie beyond what the layer's format can hold. */
  readonly clipped: number;
  readonly reading: LayerReading;
}

/** By the cosine of the layer alone; the bounds are the vendor's where it gives any (0.98 for the first layer, 0.5). */
export type LayerReading = 'as float16' | 'healthy' | 'unfriendly' | 'bad' | 'defect';

export interface WeightFinding {
  readonly node: string;
  readonly lid: string;
  readonly op: string;
  readonly role: 'weight' | 'bias';
  /** Largest magnitude over the standard deviation; 4 to 5 is usual. */
  readonly outlier: number;
  /** Signal to quantisation noise of the whole constant, in dB; about 40 for well-shaped 8-bit weights. */
  readonly snrDb: number;
  /** Output channels whose weights are all within two steps of zero, of how many. */
  readonly coarseChannels: number;
  readonly channels: number;
}

export interface ConvertedAnswer {
  readonly case: string;
  readonly output: string;
  readonly golden?: RankedClass | undefined;
  readonly converted: AnswerError;
}

export interface Advice {
  /** What was seen, with numbers. */
  readonly finding: string;
  /** What to do about it. */
  readonly action: string;
}
