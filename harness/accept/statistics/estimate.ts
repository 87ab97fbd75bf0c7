import { studentCritical, studentTwoSided } from './student-t.ts';

/** A number measured over several inputs, with what is known of its uncertainty. */
export interface Estimate {
  readonly value: number;
  /** Standard error; at least what the stored grid leaves open. */
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, against 0; 1 where both are 0. */
  readonly p: number;
  /** Inputs it comes from. */
  readonly inputs: number;
  /** Degrees of freedom of the interval. */
  readonly df: number;
}

/** So many degrees of freedom make Student's t the normal distribution, to six digits. */
const normal = 1e6;

/**
 * Puts the interval of Student's t around a value. Where nothing scatters because nothing changed, only what the grid
 * leaves open remains; that is known, not estimated from the inputs, and the normal distribution does.
 *
 * @param spread - Standard error as the inputs scatter.
 * @param resolution - Standard error that the stored grid alone leaves.
 * @param inputs - At least 2.
 * @param df - Degrees of freedom; one less than the inputs where all weigh alike.
 */
export function estimate(
  value: number,
  { spread, resolution }: { readonly spread: number; readonly resolution: number },
  inputs: number,
  confidence: number,
  df = inputs - 1,
): Estimate {
  const standardError = Math.max(spread, resolution);
  const unchanged = spread === 0 && value === 0;
  const reach =
    standardError === 0 ? 0 : studentCritical(confidence, unchanged ? normal : df) * standardError;
  return {
    value,
    standardError,
    low: value - reach,
    high: value + reach,
    p: value === 0 ? 1 : standardError === 0 ? 0 : studentTwoSided(value / standardError, df),
    inputs,
    df,
  };
}
