import type { OutputKind } from './comparison.ts';
import { limitsFor } from './resolve-limits.ts';
import type { Limits, Tolerance } from './tolerance.ts';
import { ToleranceError } from './tolerance-error.ts';

/** Limits on numbers that every value of an output goes into: a list of some values does not tell them. */
const ofWholeOutput: readonly (keyof Limits)[] = ['minCosine', 'maxGainError', 'maxKl', 'maxSumError'];

export const needsWholeOutput = (limit: string): boolean => ofWholeOutput.some((name) => name === limit);

/**
 * The limits in force for an output of which a board gave some values only: those of {@link limitsFor} that can be held
 * against the values given. A preset stands for those of its limits.
 *
 * @throws {ToleranceError} If the tolerance itself sets a limit on the whole output, or nothing is left in force.
 */
export function limitsForListed(tolerance: Tolerance, kind: OutputKind, output: string): Limits {
  const refused = Object.keys(tolerance).filter(needsWholeOutput);
  if (refused.length > 0) {
    throw new ToleranceError(
      `${refused.join(' and ')} needs every value of output ${output}, but the board gave some only`,
      { hint: listedHint },
    );
  }
  const limits = Object.fromEntries(
    Object.entries(limitsFor(tolerance, kind, output)).filter(([name]) => !needsWholeOutput(name)),
  ) as Limits;
  if (Object.keys(limits).length > 0) return limits;
  throw new ToleranceError(
    `preset ${tolerance.preset} has no limit for ${kind} that can be held against some values of output ${output}`,
    { hint: listedHint },
  );
}

const listedHint =
  'Set limits on single values or on the ranking (atol, rtol, maxUlp, topK, marginAtol, marginRtol), or let the program give the whole output.';
