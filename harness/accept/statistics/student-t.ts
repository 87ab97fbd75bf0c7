import { incompleteBeta } from './incomplete-beta.ts';

/** P(|T| >= |t|) for Student's t with `df` degrees of freedom: the two-sided p-value. */
export function studentTwoSided(t: number, df: number): number {
  if (Number.isNaN(t)) return NaN;
  return incompleteBeta(df / 2, 0.5, df / (df + t * t));
}

/**
 * The t that a two-sided interval of this confidence reaches to on either side of the estimate.
 *
 * @param confidence - e.g. 0.99.
 */
export function studentCritical(confidence: number, df: number): number {
  let high = 1;
  while (studentTwoSided(high, df) > 1 - confidence && high < 1e12) high *= 2;
  let low = 0;
  for (let step = 0; step < 200 && high - low > 1e-13 * high; step++) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, df) > 1 - confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
