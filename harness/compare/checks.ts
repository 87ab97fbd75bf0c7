import type { Check, ElementPair, Metrics } from './comparison.ts';
import type { DistributionDistance } from './distributions.ts';
import type { ElementScan } from './element-scan.ts';
import type { RankingComparison } from './ranking.ts';
import { roundDownFromOne, roundUp } from './round-limit.ts';
import type { Limits } from './tolerance.ts';

/** Everything that was measured on one output. */
export interface Measured {
  readonly metrics: Metrics;
  /** Undefined for identical outputs: they use nothing of any limit. */
  readonly scan: ElementScan | undefined;
  /** Probabilities only. */
  readonly distance: DistributionDistance | undefined;
  /** Probabilities and logits only. */
  readonly ranking: RankingComparison | undefined;
  /** An element on both sides, by flat index. */
  readonly pairAt: (flat: number) => ElementPair | undefined;
  /** The worst element of a row. */
  readonly worstInRow: (row: number) => ElementPair | undefined;
}

/** Holds every limit in force against its number, in the order in which people ask. */
export function checksOf(limits: Limits, measured: Measured): Check[] {
  const { metrics, distance } = measured;
  const checks: Check[] = [];
  if (limits.topK !== undefined && measured.ranking !== undefined) {
    checks.push(topCheck(limits.topK, measured.ranking, measured));
  }
  const hasMargin = limits.marginAtol !== undefined || limits.marginRtol !== undefined;
  if (hasMargin && measured.ranking !== undefined) {
    checks.push(marginCheck(limits, measured.ranking, measured));
  }
  if (limits.atol !== undefined || limits.rtol !== undefined) checks.push(elementCheck(limits, measured));
  if (limits.maxKl !== undefined) {
    const at = distance && measured.worstInRow(distance.klRow);
    checks.push(upper('kl', metrics.kl, limits.maxKl, { maxKl: roundUp(metrics.kl) }, at));
  }
  if (limits.minCosine !== undefined) checks.push(cosineCheck(metrics.cosine, limits.minCosine));
  if (limits.maxGainError !== undefined) {
    const gainError = Math.abs(metrics.gain - 1);
    checks.push(upper('gain', gainError, limits.maxGainError, { maxGainError: roundUp(gainError) }));
  }
  if (limits.maxUlp !== undefined) {
    const { maxUlp } = metrics;
    checks.push(
      upper('ulp', maxUlp, limits.maxUlp, { maxUlp }, measured.pairAt(measured.scan?.maxUlpAt ?? -1)),
    );
  }
  if (limits.maxSumError !== undefined) {
    const sumError = distance?.sumError ?? 0;
    const at = distance && measured.worstInRow(distance.sumErrorRow);
    checks.push(upper('sum', sumError, limits.maxSumError, { maxSumError: roundUp(sumError) }, at));
  }
  return checks;
}

/** A number that must not be above its limit; NaN fails. */
function upper(
  name: string,
  value: number,
  limit: number,
  wouldPass: Partial<Limits>,
  at?: ElementPair,
): Check {
  return {
    name,
    value,
    limit,
    used: value === 0 ? 0 : value / limit,
    ok: value <= limit,
    wouldPass: Number.isFinite(value) ? wouldPass : {},
    at,
  };
}

function topCheck(topK: number, ranking: RankingComparison, { pairAt }: Measured): Check {
  const { differingPlaces, differingAt, agreeingPlaces } = ranking;
  const passing = differingPlaces === 0 ? topK : agreeingPlaces;
  return upper(`top-${topK}`, differingPlaces, 0, passing > 0 ? { topK: passing } : {}, pairAt(differingAt));
}

/**
 * What the arithmetic of a limit with two parts may round away again when it is pasted: a limit suggested for such a check
 * is larger by this factor before it is rounded up.
 */
const slack = 1 + 1e-12;

function marginCheck({ marginRtol }: Limits, { margin }: RankingComparison, { pairAt }: Measured): Check {
  const wouldPass =
    marginRtol !== undefined && Number.isFinite(margin.neededRtol)
      ? { marginRtol: roundUp(margin.neededRtol * slack) }
      : { marginAtol: roundUp(margin.neededAtol * slack) };
  return upper('margin', margin.change, margin.limit, wouldPass, pairAt(margin.at));
}

/**
 * |board - golden| <= atol + rtol * |golden| for every element. The check's value and limit are those of the element that
 * decides: the one that uses most of its own limit.
 */
function elementCheck({ atol, rtol }: Limits, { scan, metrics, pairAt }: Measured): Check {
  const at = pairAt(scan?.usedToleranceAt ?? -1) ?? metrics.worst;
  const limit = (atol ?? 0) + (rtol ?? 0) * Math.abs(at?.golden ?? 0);
  const isFinite = Number.isFinite(metrics.maxAbsError);
  const value = isFinite && at ? Math.abs(at.board - at.golden) : metrics.maxAbsError;
  const neededAtol = scan?.neededAtol ?? 0;
  // A relative limit passes nothing where the golden is 0: there only an absolute one can be suggested.
  const wouldPass =
    atol === undefined && metrics.nonzeroWhereGoldenZero === 0
      ? { rtol: roundUp(metrics.maxRelError * slack) }
      : { atol: roundUp(rtol === undefined ? neededAtol : neededAtol * slack) };
  return upper(atol === undefined ? 'rtol' : 'atol', value, limit, wouldPass, at);
}

function cosineCheck(cosine: number, minCosine: number): Check {
  return {
    name: 'cosine',
    value: cosine,
    limit: minCosine,
    used: cosine === 1 ? 0 : (1 - cosine) / (1 - minCosine),
    ok: cosine >= minCosine,
    wouldPass: Number.isFinite(cosine) ? { minCosine: roundDownFromOne(cosine) } : {},
  };
}
