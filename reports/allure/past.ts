import { diffRuns } from '../../harness/store/history/diff-runs.ts';
import { type TrendPoint, trendChart } from '../charts/trend-chart.ts';
import { type CasePoint, type EarlierRuns, pointOf, trendGroup } from './earlier-runs.ts';
import { historyKeyOf } from './identity.ts';
import type { ResultOfRun } from './newest-results.ts';

/** What earlier runs say of a result. */
export interface Past {
  /** How its case moved, as an SVG file; undefined where there is nothing to draw. */
  readonly trend?: string | undefined;
  /** Of a failure that passed before on the same kind of target. */
  readonly regression?: Regression | undefined;
}

export interface Regression {
  readonly lastPass: ResultOfRun;
  /** Failures since, this one among them. */
  readonly failures: number;
  /** What else is different since, in words: model, input, SDK stack, board and so on. */
  readonly changes: readonly string[];
}

/** Prepares the past of all results at once: each is asked for by its record. */
export function pastOf(results: readonly ResultOfRun[], earlier: EarlierRuns): (result: ResultOfRun) => Past {
  const points = pointsByCase(results, earlier);
  const failures = failuresSincePass(earlier);
  const pictures = new Map<string, string | undefined>();
  return (result) => {
    const { record } = result;
    const group = trendGroup(record);
    if (!pictures.has(group)) {
      pictures.set(group, trendChart(points.get(group) ?? [], { title: `${record.case.name} over time` }));
    }
    const key = historyKeyOf(record);
    const lastPass = record.verdict === 'failed' ? earlier.lastPasses.get(key) : undefined;
    return {
      trend: pictures.get(group),
      regression: lastPass && {
        lastPass,
        failures: 1 + (failures.get(key) ?? 0),
        changes: diffRuns([lastPass.record], [record]).cases.flatMap(({ surroundings }) => surroundings),
      },
    };
  };
}

/** Points of each case, oldest first. */
function pointsByCase(
  results: readonly ResultOfRun[],
  { runs }: EarlierRuns,
): ReadonlyMap<string, readonly TrendPoint[]> {
  const points = new Map<string, CasePoint[]>();
  const add = (group: string, point: CasePoint): void => {
    const own = points.get(group);
    if (own) own.push(point);
    else points.set(group, [point]);
  };
  for (const { results: earlier } of runs) for (const { group, point } of earlier) add(group, point);
  for (const { run, record } of results) add(trendGroup(record), pointOf(record, run));
  return new Map([...points].map(([group, own]) => [group, withSeries(own)]));
}

/** Lines are named by the SDK, and by the format where the case has had several. */
function withSeries(points: readonly CasePoint[]): TrendPoint[] {
  const severalFormats = new Set(points.map(({ format }) => format)).size > 1;
  return points
    .map((point) => ({
      ...point,
      series: severalFormats ? `SDK ${point.sdk} ${point.format}` : `SDK ${point.sdk}`,
    }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** By history key: failures that no pass came after. */
function failuresSincePass({ runs }: EarlierRuns): ReadonlyMap<string, number> {
  const failures = new Map<string, number>();
  const passed = new Set<string>();
  for (const { results } of runs) {
    for (const { key, status } of results) {
      if (status === 'passed') passed.add(key);
      else if (status === 'failed' && !passed.has(key)) failures.set(key, (failures.get(key) ?? 0) + 1);
    }
  }
  return failures;
}
