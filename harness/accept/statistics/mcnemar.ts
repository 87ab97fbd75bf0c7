import { logGamma } from './incomplete-beta.ts';

export interface McNemar {
  /** Two-sided exact binomial p-value: how surprising this imbalance is if flips go either way alike. */
  readonly p: number;
  /** The same with half of the observed outcome's own probability: less conservative, no longer a guarantee. */
  readonly midP: number;
}

/**
 * McNemar's exact test on paired yes-or-no answers: only the pairs that changed say something, and under no change in
 * quality each of them is as likely to be a fix as a break.
 */
export function mcNemar(broken: number, fixed: number): McNemar {
  const changed = broken + fixed;
  const fewer = Math.min(broken, fixed);
  const probability = (k: number) =>
    Math.exp(logGamma(changed + 1) - logGamma(k + 1) - logGamma(changed - k + 1) - changed * Math.LN2);
  let tail = 0;
  for (let k = 0; k <= fewer; k++) tail += probability(k);
  // Where both sides are alike the two tails overlap in the middle, hence the limit of 1.
  return { p: Math.min(1, 2 * tail), midP: Math.min(1, 2 * tail - probability(fewer)) };
}
