import { type Estimate, estimate } from './estimate.ts';

/** What one input adds to a regression through the origin. Elements of one input depend on each other: it counts once. */
export interface SlopeTerm {
  /** Sum of w x^2 over its elements. */
  readonly xx: number;
  /** Sum of w x d. */
  readonly xd: number;
  /** Variance of `xd` that the stored grid alone leaves. */
  readonly gridVariance: number;
}

/**
 * The weighted least-squares slope of d on x through the origin. Its standard error comes from leaving out one input at a
 * time (the jackknife, which for a clustered regression is the estimator known as CR3): inputs may differ in how much
 * they scatter. Where a few inputs weigh most, they alone count: the degrees of freedom come from Kish's effective number
 * of inputs, (sum of weights)^2 / sum of squared weights.
 *
 * @param terms - One for each input; undefined with fewer than 2, or where x is 0 throughout.
 */
export function slopeThroughOrigin(terms: readonly SlopeTerm[], confidence: number): Estimate | undefined {
  const xx = sum(terms, (term) => term.xx);
  const xd = sum(terms, (term) => term.xd);
  const without = terms.map((term) => (xd - term.xd) / (xx - term.xx));
  if (terms.length < 2 || !(xx > 0) || !without.every(Number.isFinite)) return undefined;
  const slope = xd / xx;
  const n = terms.length;
  const jackknife = Math.sqrt(
    ((n - 1) / n) * without.reduce((total, each) => total + (each - slope) ** 2, 0),
  );
  const resolution = Math.sqrt(sum(terms, (term) => term.gridVariance)) / xx;
  const effective = xx ** 2 / sum(terms, (term) => term.xx ** 2);
  return estimate(slope, { spread: jackknife, resolution }, n, confidence, effective - 1);
}

const sum = (terms: readonly SlopeTerm[], of: (term: SlopeTerm) => number): number =>
  terms.reduce((total, term) => total + of(term), 0);
