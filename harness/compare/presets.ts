import type { OutputKind } from './comparison.ts';
import type { Limits, PresetName } from './tolerance.ts';

/**
 * What a preset means for each kind of output. Each number for probabilities lies between the worst answer that is
 * documented as right for the format and the best that is documented as wrong. The published answers are few (one
 * two-class network, one MobileNet, one ShuffleNet), so the presets are a start, not a law; docs/tolerances.md has the
 * tables, and presets.test.ts computes them again from the published softmaxes.
 */
export type Preset = Readonly<Record<OutputKind, Limits>>;

/**
 * An fp16 model. Right: RKNN fp16 of the two-class network (|error| 0.0110, margin -7.8 %, KL 1.3e-3, 361 ulp). Best
 * wrong: the same with red and blue exchanged (0.172, -58 %, 0.12, 2431 ulp).
 */
const fp16: Preset = {
  probabilities: {
    /** 2.7 times the right answer's error, a sixth of the wrong one's. */
    atol: 0.03,
    /** Nearly 8 times right, a twelfth of wrong. */
    maxKl: 0.01,
    topK: 1,
    /** Two classes that the network itself hardly tells apart: log-odds up to 0.05 are noise for fp16. Our choice. */
    marginAtol: 0.05,
    /** 2.6 times right, a third of wrong: the limit that separates best. */
    marginRtol: 0.2,
    /**
     * Two powers of two: no single class is off by more than a factor of about four. Generous, because small classes
     * move far when all log-odds shrink alike: at 7.8 % a class of 1e-4 doubles, which is 1024 ulp, and so is a
     * subnormal that is flushed to zero.
     */
    maxUlp: 2048,
  },
  logits: { topK: 1, marginAtol: 0.05, marginRtol: 0.2, minCosine: 0.999, maxGainError: 0.05 },
  /** Right: first layers with gain 0.9888 to 1.0001 and cosine above 0.9999. Cosine below 0.98 is a wrong input. */
  values: { minCosine: 0.999, maxGainError: 0.05 },
};

/**
 * A model in 16-bit dynamic fixed point. Right: MobileNet in i16 against fp16 (|error| 0.00064, margin -0.5 %, KL
 * 2.5e-5, 325 ulp). Best wrong: the same network in u8, as if it had fallen back (0.082, -23 %, 0.049, 5640 ulp).
 */
const i16: Preset = {
  probabilities: {
    atol: 0.02,
    maxKl: 0.005,
    topK: 1,
    marginAtol: 0.05,
    marginRtol: 0.1,
    maxUlp: 2048,
  },
  logits: { topK: 1, marginAtol: 0.05, marginRtol: 0.1, minCosine: 0.999, maxGainError: 0.05 },
  values: { minCosine: 0.999, maxGainError: 0.05 },
};

/**
 * A model in asymmetric 8 bits. Right: MobileNet (|error| 0.098, margin -26 %, KL 0.062) and ShuffleNet (0.066,
 * -32 %, 0.039). Best wrong: red and blue exchanged (0.172, -58 %, 0.12). The gap is narrow; a wrong input that does
 * less harm than that cannot be told from ordinary u8 error by one picture.
 */
const u8: Preset = {
  probabilities: { atol: 0.13, maxKl: 0.085, topK: 1, marginAtol: 0.1, marginRtol: 0.45 },
  logits: { topK: 1, marginAtol: 0.1, marginRtol: 0.45, minCosine: 0.985, maxGainError: 0.1 },
  /** 0.99 is a healthy u8 layer, below 0.98 the first layer has a wrong input. */
  values: { minCosine: 0.985, maxGainError: 0.1 },
};

/**
 * A model in 8-bit dynamic fixed point. Right: MobileNet (|error| 0.225, margin -67 %, KL 0.17). Wrong and seen: the
 * buffer declared NCHW (0.318, -82 %, 0.30) and bytes read as signed (0.958, flipped). Wrong and not seen: red and blue
 * exchanged (0.172, -58 %, 0.12) is nearer to the truth than the right answer of this format. Use fp16 or i16 to
 * settle the input first.
 */
const i8: Preset = {
  probabilities: { atol: 0.26, maxKl: 0.22, topK: 1, marginAtol: 0.1, marginRtol: 0.74 },
  logits: { topK: 1, marginAtol: 0.1, marginRtol: 0.74, minCosine: 0.96, maxGainError: 0.2 },
  /** 0.96 is the lowest the vendor shows for a layer that quantises badly but works. */
  values: { minCosine: 0.96, maxGainError: 0.2 },
};

export const presets: Readonly<Record<PresetName, Preset>> = { fp16, i16, u8, i8 };
