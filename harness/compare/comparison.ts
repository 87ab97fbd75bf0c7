import type { Limits } from './tolerance.ts';

/** What the values of an output are, which decides the metrics that make sense for it. */
export type OutputKind =
  /** Every row in [0, 1] and summing to 1: softmax. */
  | 'probabilities'
  /** Scores per class before the softmax. */
  | 'logits'
  /** Anything else: regression, boxes, feature maps. */
  | 'values';

/** One element where the two sides are compared. */
export interface ElementPair {
  /** Flat row-major index. */
  readonly flat: number;
  /** The same index per dimension. */
  readonly index: readonly number[];
  readonly golden: number;
  readonly board: number;
}

/** The numbers of one output against its golden; NaN where a number has no meaning for these data. */
export interface Metrics {
  readonly elementCount: number;
  /** True if both sides have the same bits after dequantisation; every other number is then exact by definition. */
  readonly identical: boolean;
  readonly maxAbsError: number;
  readonly meanAbsError: number;
  /** Largest |board - golden| / |golden| over the elements whose golden is not 0. */
  readonly maxRelError: number;
  /** Elements whose golden is 0 and board is not: they have no relative error. */
  readonly nonzeroWhereGoldenZero: number;
  /** Root of the mean squared error: independent of the tensor's size. */
  readonly rmse: number;
  /** Cosine similarity; NaN if one side is all zeros. */
  readonly cosine: number;
  /** Signal-to-noise ratio in dB: 10 log10(sum golden^2 / sum error^2); Infinity if equal. */
  readonly snrDb: number;
  /** Least-squares factor board = gain * golden: 1 is perfect. */
  readonly gain: number;
  /** KL(golden || board) in nats, both normalised to sum 1, worst row; probabilities only. */
  readonly kl: number;
  /** Largest fp16 ulp distance. */
  readonly maxUlp: number;
  /** Non-finite elements on each side. */
  readonly goldenNonFinite: number;
  readonly boardNonFinite: number;
  /** Element with the largest error (a non-finite board element counts as worst); undefined for an empty output. */
  readonly worst?: ElementPair | undefined;
}

/** The ranking of classes in one row (the worst row where there are several). */
export interface Ranking {
  readonly row: number;
  readonly goldenTop: readonly RankedClass[];
  readonly boardTop: readonly RankedClass[];
  /**
   * Log-odds between the golden's top class and its runner-up, in nats: ln p1 - ln p2 for probabilities (each clamped
   * to the smallest normal fp16, 2^-14, below which fp16 holds no margin), the difference for logits. Measured on both
   * sides between the *golden's* two classes, so that a flip is negative on the board's side.
   */
  readonly goldenMargin: number;
  readonly boardMargin: number;
  readonly top1Agrees: boolean;
}

export interface RankedClass {
  readonly index: number;
  readonly value: number;
}

/** One limit held against one number. */
export interface Check {
  /** Subject of the check, e.g. `atol`, `cosine`, `top-1`, `margin`. */
  readonly name: string;
  /** What was measured: for `atol` the largest excess-deciding error, for `top-k` the number of differing places. */
  readonly value: number;
  /** The limit that applied to it. */
  readonly limit: number;
  /** Share of the limit that is used: 1 is exactly on it, above 1 or NaN fails. */
  readonly used: number;
  readonly ok: boolean;
  /** The limit, in the spec's own terms, that would just have passed: paste-ready, e.g. `{ atol: 0.0123 }`. */
  readonly wouldPass: Partial<Limits>;
  /** Where it was decided, for element-wise checks. */
  readonly at?: ElementPair | undefined;
}

/** Something that makes numbers meaningless: it fails whatever the tolerance says. */
export interface StructuralFault {
  readonly kind:
    'missing-output' | 'extra-output' | 'shape' | 'dtype' | 'non-finite' | 'no-outputs' | 'unstable';
  readonly output: string;
  readonly message: string;
}

/** One output tensor against its golden. */
export interface OutputComparison {
  readonly name: string;
  readonly kind: OutputKind;
  readonly shape: readonly number[];
  /** Where the board listed some values only: how many, of how many. Everything here is about those alone. */
  readonly given?: { readonly values: number; readonly of: number } | undefined;
  readonly metrics: Metrics;
  readonly ranking?: Ranking | undefined;
  readonly limits: Limits;
  readonly checks: readonly Check[];
}

/** All outputs of a case against its golden. */
export interface Comparison {
  readonly faults: readonly StructuralFault[];
  readonly outputs: readonly OutputComparison[];
  /** No faults, at least one output, and every check ok. */
  readonly ok: boolean;
  /** Passed, but with more than 80 % of some limit used. */
  readonly marginal: boolean;
}
