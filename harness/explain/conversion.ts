import type { DistanceUnit } from './explanation.ts';

/**
 * What of a case's distance the conversion made, and what the board: three answers to one input, held against each
 * other. Plain JSON. It is evidence and never a verdict: the converted answer comes from a model of the NPU.
 */
export type Conversion = ConversionDistances | ConversionNotComputed;

/** Distances are largest changes or RMS errors, so two of them need not add up to the third. */
export interface ConversionDistances {
  /** The output that distances are measured on. */
  readonly output: string;
  readonly unit: DistanceUnit;
  /** From the golden to what the model file answers, computed in its own formats: the conversion's doing. */
  readonly floatToConverted: number;
  /** From the golden to the board. */
  readonly floatToBoard: number;
  /** From the file's answer to the board's: the board's doing. */
  readonly convertedToBoard: number;
}

export interface ConversionNotComputed {
  /** Why, in words. */
  readonly notComputed: string;
}
