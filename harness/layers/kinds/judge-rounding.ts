import { figure, type Subject, type Trial } from './trial.ts';
import type { Explanation, KindOfWrong, KindOfWrongOptions } from './wrong-kind.ts';

/** Values that must agree with a cut before it is called one; below the first count all must. */
const enoughForShare = 64;
const agreeingShare = 0.9;
const fewest = 8;
/** Mean error in steps toward one side, from which an error leans. A cut leans by half a step. */
const leaning = 0.3;

/** Tells rounding from cutting among errors of the format's own size, and says what else could make a lean. */
export function judgeRounding(
  { scan, grid }: Subject,
  constants: readonly Trial[],
  basics: Readonly<Record<string, number>>,
  { expectedRmse }: KindOfWrongOptions,
): KindOfWrong {
  const n = scan.all.n;
  const outward = scan.steps.nonzero === 0 ? 0 : scan.steps.sumOutward / scan.steps.nonzero;
  const upward = scan.steps.sum / n;
  const evidence = {
    ...basics,
    outwardSteps: outward,
    nearestShare: scan.agree.nearest / n,
    towardZeroShare: scan.agree.towardZero / n,
    downwardShare: scan.agree.downward / n,
    ...(expectedRmse === undefined ? {} : { expectedRmse }),
  };
  const size = `${figure(basics['rmsSteps']!)} ${grid.name} steps rms, ${figure(basics['maxSteps']!)} at most`;
  const expected =
    expectedRmse === undefined
      ? ''
      : ` The format alone explains ${figure(expectedRmse)} rms, the board shows ${figure(basics['rmsError']!)}.`;

  const cut = (direction: string, share: number, lean: number): Explanation | undefined =>
    lean > -leaning || n < fewest || share < (n < enoughForShare ? 1 : agreeingShare)
      ? undefined
      : {
          kind: 'truncation',
          evidence,
          sentence: `Cut ${direction} instead of rounded: errors of ${size}, ${figure(lean)} on average${direction === 'downward' ? ' (a constant offset of half a step looks the same)' : ''}; ${(100 * share).toFixed(1)} % of the values agree with a cut, ${(100 * evidence.nearestShare).toFixed(1)} % with rounding to nearest.${expected}`,
        };
  const truncation =
    cut('toward zero', evidence.towardZeroShare, outward) ?? cut('downward', evidence.downwardShare, upward);
  if (truncation) return { ...truncation, alternatives: [] };

  // The error of the mean of n nearest roundings is 0.29 / sqrt(n) steps.
  const leans =
    Math.abs(outward) > Math.max(0.1, (4 * 0.289) / Math.sqrt(n)) || (n < 64 && Math.abs(outward) > leaning);
  const alternatives: Explanation[] = leans
    ? constants
        .filter(({ parameters, rest }) => parameters === 1 && rest < 0.6 * scan.all.ee)
        .map(({ kind, evidence: own, what, rest }) => ({
          kind,
          evidence: { ...evidence, ...own, explainedShare: 1 - rest / scan.all.ee },
          sentence: `Below one step: ${what}, which would explain ${(100 * (1 - rest / scan.all.ee)).toFixed(0)} % of the error.`,
        }))
    : [];
  const lean = leans
    ? ` It leans ${outward < 0 ? 'toward' : 'away from'} zero by ${figure(Math.abs(outward))} of a step, which nearest rounding of the output alone does not; ${(100 * evidence.nearestShare).toFixed(0)} % of the values agree with nearest rounding, ${(100 * evidence.towardZeroShare).toFixed(0)} % with a cut toward zero.`
    : ' It leans to no side.';
  return {
    kind: 'rounding',
    evidence,
    sentence: `Rounding of the format: errors of ${size}.${lean}${alternatives.length > 0 ? ` ${alternatives.map(({ sentence }) => sentence).join(' ')}` : ''}${expected}`,
    alternatives,
  };
}
