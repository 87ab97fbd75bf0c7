/**
 * Why a judged case is off, as far as it could be found out. Plain JSON. It comes after the verdict, and never changes
 * it; what it says is computed on the reference and is evidence, not proof.
 */
export interface Explanation {
  /** - `input-settings`: the network got another input than the reference.
   *  - `format`: what is off is what the board's numeric format takes from this network.
   *  - `layer`: a layer is itself wrong.
   *  - `unknown`: none of these could be shown. */
  readonly cause: 'input-settings' | 'format' | 'layer' | 'unknown';
  /** What is at fault, in a sentence without a full stop. */
  readonly summary: string;
  /** The numbers that speak for it, and what else was found; sentences without full stops. */
  readonly evidence: readonly string[];
  /** What to change or to look at next, in the words of the spec's fields and of the model file's. */
  readonly next: readonly string[];
  readonly input?: InputFinding | undefined;
  readonly format?: FormatFinding | undefined;
  readonly layers?: LayerFinding | undefined;
  /** What was left out, and why. */
  readonly remarks: readonly string[];
}

/**
 * What distances between answers are in: change of the log-odds of a pair of classes in nats, for many rows of classes the
 * RMS of those changes; or RMS error over the golden's RMS.
 */
export type DistanceUnit = 'nats' | 'nats-over-rows' | 'relative';

/** Which input the board's answer fits. */
export interface InputFinding {
  /**
   * - `declared`: spec and model file together give the network another input, and that input gives the board's answer.
   * - `contradiction`: they give it another input, which does not give the board's answer.
   * - `as-if`: they give it the right input, yet a wrong one gives the board's answer.
   * - `ambiguous`: the same with several wrong ones.
   * - `none`: no wrong input that was tried gives the board's answer.
   */
  readonly kind: 'declared' | 'contradiction' | 'as-if' | 'ambiguous' | 'none';
  /** What is wrong, one by one; empty for `none`. */
  readonly faults: readonly WrongSetting[];
  /** The output that distances are measured on. */
  readonly output: string;
  readonly unit: DistanceUnit;
  /** From the golden to the board. */
  readonly boardDistance: number;
  readonly golden: readonly ShownValue[];
  readonly board: readonly ShownValue[];
  /** The nearest to the board, nearest first; a few. */
  readonly trials: readonly InputTrial[];
  /** The input that spec and model file make of the picture, if that is another than the reference's. */
  readonly asDeclared?: InputTrial | undefined;
  /** Estimate of how often one of so many wrong inputs would come as near as the nearest by chance, 0 to 1. */
  readonly byChance: number;
  /** Different inputs that were computed. */
  readonly tried: number;
  /** Inputs that time did not allow. */
  readonly leftOut: number;
}

/** One thing that is set wrong. */
export interface WrongSetting {
  readonly fault: InputFault;
  /** e.g. `bytes from 128 up are read as negative: boardInput.declare.dtype is int8`. */
  readonly sentence: string;
  readonly fix: string;
}

/** One wrong input and what the reference makes of it. */
export interface InputTrial {
  /** Empty: the input of the reference itself. */
  readonly faults: readonly InputFault[];
  readonly description: string;
  /** From this answer to the board's. */
  readonly distance: number;
  /** Share of the board's distance that it explains: 1 is all of it; below 0 it is farther from the board than the golden. */
  readonly explained: number;
  readonly values: readonly ShownValue[];
}

export const inputFaults = [
  'channels-swapped',
  'signed-bytes',
  'interleaved-as-planes',
  'planes-as-interleaved',
  'mean-missing',
  'mean-twice',
  'std-missing',
  'std-twice',
  'mean-and-std-reversed',
  'other-mean-or-std',
  'range-0-to-1',
  'cast-to-bytes',
  'size-in-elements',
  'other-element-type',
  'pass-through',
] as const;
export type InputFault = (typeof inputFaults)[number];

/** One value of an output, e.g. the probability of a class. */
export interface ShownValue {
  readonly index: number;
  readonly value: number;
}

/** What the board's numeric format alone does to this input. */
export interface FormatFinding {
  readonly format: 'fp16' | 'u8' | 'i8' | 'i16';
  readonly output: string;
  readonly unit: DistanceUnit;
  /** From the golden to the network in that format. */
  readonly distance: number;
  /** From the golden to the board. */
  readonly boardDistance: number;
  readonly golden: readonly ShownValue[];
  readonly inFormat: readonly ShownValue[];
  readonly board: readonly ShownValue[];
  /** True if the board is no farther off than the format. */
  readonly explains: boolean;
  /** How the figure was come by: rounding of weights, calibration. */
  readonly basis: string;
  /** Only where the board's own file was computed, by a model of the NPU: then the rest is the board's. */
  readonly ofFile?: ConvertedFinding | undefined;
}

/** What is left to the board once its model file has been computed without it. */
export interface ConvertedFinding {
  /** From the file's answer to the board's, in the unit of the finding. */
  readonly boardAdds: number;
}

/** The first layer that is itself wrong, out of a dump run; see harness/layers. */
export interface LayerFinding {
  /** That no verdict comes from a dump run. */
  readonly note: string;
  readonly mapped: number;
  readonly unmapped: number;
  readonly suspect?: WrongLayer | undefined;
  readonly remarks: readonly string[];
  /** Files with the whole analysis, relative to the project's root. */
  readonly files: readonly string[];
}

export interface WrongLayer {
  /** Name of the reference's value. */
  readonly value: string;
  readonly operators: readonly string[];
  /** Name of the board's dump. */
  readonly dump: string;
  /** Nothing before it was dumped: what it inherits is the input. */
  readonly first: boolean;
  readonly sentence: string;
  /** From 0 to 1: how sure it is that this dump is this layer. */
  readonly confidence: number;
  /** Only where the board's model file could be computed at this layer. */
  readonly origin?: LayerOrigin | undefined;
  /** What sort of mistake the error looks like, and its numbers; see harness/layers/kinds. */
  readonly kind?: string | undefined;
  readonly evidence?: Readonly<Record<string, number>> | undefined;
}

/** Whether a wrong layer is wrong in the model file already; the file is computed by a model of the NPU. */
export interface LayerOrigin {
  readonly by: 'file' | 'board' | 'undecided';
  /** RMS of the file's value from the reference's, over the reference's RMS. */
  readonly fileOff: number;
  /** RMS of the board's value from the file's, over the file's RMS. */
  readonly boardOff: number;
}
