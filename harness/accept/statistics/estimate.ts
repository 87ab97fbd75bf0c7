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

/**
 * Puts the interval of Student's t around a value.
 *
 * @param inputs - At least 2.
 * @param df - Degrees of freedom; one less than the inputs where all weigh alike.
 */
export function estimate(
  value: number,
  standardError: number,
  inputs: number,
  confidence: number,
  df = inputs - 1,
): Estimate {
  const reach = standardError === 0 ? 0 : studentCritical(confidence, df) * standardError;
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
