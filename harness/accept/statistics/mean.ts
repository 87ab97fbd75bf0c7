import { type Estimate, estimate } from './estimate.ts';

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation (n - 1). */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * The mean of paired differences, one for each input, with its interval.
 *
 * @param differences - At least 2.
 * @param resolution - Standard error that the stored grid alone leaves; the interval is never narrower.
 */
export function pairedMean(differences: readonly number[], confidence: number, resolution = 0): Estimate {
  const spread = standardDeviation(differences) / Math.sqrt(differences.length);
  return estimate(mean(differences), { spread, resolution }, differences.length, confidence);
}

/** Effect size of paired differences: their mean in units of their own spread (Cohen's d_z); 0 where all are 0. */
export function effectSize(differences: readonly number[]): number {
  const centre = mean(differences);
  return centre === 0 ? 0 : centre / standardDeviation(differences);
}
