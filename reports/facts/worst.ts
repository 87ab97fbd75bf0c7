import type { Check, Comparison, OutputComparison } from '../../harness/compare/comparison.ts';
import { shareUsed } from '../../harness/compare/share-used.ts';

export interface CheckOfOutput {
  readonly output: OutputComparison;
  readonly check: Check;
}

/** The check that uses most of its limit; one whose share is NaN counts as the worst. */
export function tightestCheck(comparison: Comparison): CheckOfOutput | undefined {
  return worstOf(comparison, () => true);
}

/** The element-wise error check that uses most of its limit; undefined where no output has such a limit. */
export function worstErrorCheck(comparison: Comparison): CheckOfOutput | undefined {
  return worstOf(comparison, ({ name }) => name === 'atol' || name === 'rtol');
}

function worstOf(comparison: Comparison, wanted: (check: Check) => boolean): CheckOfOutput | undefined {
  let worst: CheckOfOutput | undefined;
  for (const output of comparison.outputs) {
    for (const check of output.checks) {
      if (!wanted(check)) continue;
      if (worst === undefined || shareUsed(check) > shareUsed(worst.check)) worst = { output, check };
    }
  }
  return worst;
}

/** The output with the lowest cosine; NaN is lowest. */
export function lowestCosine(comparison: Comparison): number | undefined {
  let lowest: number | undefined;
  for (const { metrics } of comparison.outputs) {
    if (Number.isNaN(metrics.cosine)) return metrics.cosine;
    if (lowest === undefined || metrics.cosine < lowest) lowest = metrics.cosine;
  }
  return lowest;
}

/** Largest absolute error over all outputs; NaN is largest. */
export function largestError(comparison: Comparison): number | undefined {
  let largest: number | undefined;
  for (const { metrics } of comparison.outputs) {
    if (Number.isNaN(metrics.maxAbsError)) return metrics.maxAbsError;
    if (largest === undefined || metrics.maxAbsError > largest) largest = metrics.maxAbsError;
  }
  return largest;
}
