import type { NoiseStatement } from './assessment.ts';
import type { CaseChange } from './case-change.ts';
import { counted, percent } from './figures.ts';

/** The noise of the boards as far as repeats show it: measured or not, never assumed. */
export function noiseOf(changes: readonly CaseChange[]): NoiseStatement {
  const sides = changes.flatMap(({ before, after }) => [before, after]);
  const repeated = sides.filter(({ repeats }) => repeats > 1);
  const unstable = repeated.filter((side) => side.unstable).length;
  const message =
    repeated.length === 0
      ? 'Noise from run to run was not measured: no case was repeated.'
      : unstable === 0
        ? `Noise from run to run is 0: the repeats of all ${counted(repeated.length, 'case run')} agreed bit for bit${repeated.length < sides.length ? ` (${percent(1 - repeated.length / sides.length)} were not repeated)` : ''}.`
        : `The board is not deterministic: in ${unstable} of ${counted(repeated.length, 'case run')} the repeats disagreed.`;
  return { repeatedCases: repeated.length, unstableCases: unstable, message };
}
