import { betaQuantile } from './incomplete-beta.ts';

/** A share of something, with the exact (Clopper-Pearson) interval around it. */
export interface ProportionInterval {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The two-sided Clopper-Pearson interval: never covers the truth less often than it says, whatever the truth is.
 *
 * @param hits - Of `trials`, which is at least 1.
 */
export function proportionInterval(hits: number, trials: number, confidence: number): ProportionInterval {
  const beyond = (1 - confidence) / 2;
  return {
    share: hits / trials,
    low: hits === 0 ? 0 : betaQuantile(hits, trials - hits + 1, beyond),
    high: hits === trials ? 1 : betaQuantile(hits + 1, trials - hits, 1 - beyond),
  };
}

/**
 * The one-sided upper bound: the rate above which so few hits would be seen in less than 1 - confidence of all samples.
 * For no hits it is 1 - (1 - confidence)^(1/n), which the rule of three (3/n at 95 %) approximates.
 */
export function rateBelow(hits: number, trials: number, confidence: number): number {
  if (hits === trials) return 1;
  return hits === 0
    ? -Math.expm1(Math.log1p(-confidence) / trials)
    : betaQuantile(hits + 1, trials - hits, confidence);
}

/** How many inputs without a hit show that the rate is below `rate`. */
export const inputsToShow = (rate: number, confidence: number): number =>
  Math.ceil(Math.log1p(-confidence) / Math.log1p(-rate));
