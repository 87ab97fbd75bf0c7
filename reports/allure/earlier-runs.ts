import type { KnownRun, StoredRuns } from '../../harness/store/history/folder-runs.ts';
import type { CaseRecord, Verdict } from '../../harness/store/record.ts';
import type { TrendPoint } from '../charts/trend-chart.ts';
import { targetKind } from '../facts/target.ts';
import { tightestCheck } from '../facts/worst.ts';
import { messageOf, stopOf } from './case-result.ts';
import { fullNameOf, historyKeyOf, testCaseOfKey } from './identity.ts';
import type { ResultOfRun } from './newest-results.ts';
import { environmentName } from './stack-environment.ts';

/** What a report shows of an earlier result. The record has more, and thirty runs of records do not fit into memory. */
export interface EarlierResult {
  readonly key: string;
  readonly testCaseId: string;
  readonly name: string;
  readonly fullName: string;
  readonly environment: string;
  /** Allure's statuses have the names of our verdicts. */
  readonly status: Verdict;
  readonly message: string | undefined;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly stop: number;
  /** Which picture the point belongs to. */
  readonly group: string;
  readonly point: CasePoint;
}

/** A point whose line is not named yet. */
export interface CasePoint extends Omit<TrendPoint, 'series'> {
  readonly sdk: string;
  readonly format: string;
}

/** A run, or those of one CI build together: its shards. */
export interface EarlierRun {
  /** The newest of them. */
  readonly run: KnownRun;
  /** Those of the newest run first. */
  readonly results: readonly EarlierResult[];
}

/** The past of a report's results. */
export interface EarlierRuns {
  /** Newest first. */
  readonly runs: readonly EarlierRun[];
  /** The newest pass before a failure, by the failure's history key. */
  readonly lastPasses: ReadonlyMap<string, ResultOfRun>;
}

export const noEarlierRuns: EarlierRuns = { runs: [], lastPasses: new Map() };

/**
 * Looks for earlier results of the cases of a report: on any SDK stack, but of simulated results only for simulated ones.
 * Runs that have none of these cases do not count.
 *
 * @param limit - How many runs at most.
 */
export async function findEarlierRuns(
  store: Pick<StoredRuns, 'listRuns' | 'recordsOf'>,
  results: readonly ResultOfRun[],
  limit: number,
): Promise<EarlierRuns> {
  const wanted = new Set(results.map(({ record }) => trendGroup(record)));
  const shown = new Set(results.map(({ record }) => placeOf(record.run, historyKeyOf(record))));
  const failing = new Set(
    results.flatMap(({ record }) => (record.verdict === 'failed' ? [historyKeyOf(record)] : [])),
  );
  const newest = results.reduce((latest, { run }) => (run.startedAt > latest ? run.startedAt : latest), '');
  const builds = new Map<string, { run: KnownRun; results: EarlierResult[] }>();
  const lastPasses = new Map<string, ResultOfRun>();
  for await (const run of runsUntil(store, newest)) {
    const build = run.ciUrl ?? run.id;
    if (builds.size >= limit && !builds.has(build)) break;
    const own: EarlierResult[] = [];
    for (const record of await store.recordsOf(run.id)) {
      if (!wanted.has(trendGroup(record))) continue;
      const key = historyKeyOf(record);
      if (shown.has(placeOf(run.id, key))) continue;
      own.push(earlierResult(record, key, run));
      if (record.verdict === 'passed' && failing.has(key) && !lastPasses.has(key)) {
        lastPasses.set(key, { run, record });
      }
    }
    const others = builds.get(build);
    if (others) others.results.push(...own);
    else if (own.length > 0) builds.set(build, { run, results: own });
  }
  return { runs: [...builds.values()], lastPasses };
}

/** Results of a case that are drawn into one picture: simulated and hardware's never are. */
export const trendGroup = ({ case: { name }, target }: CaseRecord): string => `${targetKind(target)} ${name}`;

const placeOf = (run: string, key: string): string => `${run} ${key}`;

/** Runs that started no later than this, newest first. */
async function* runsUntil(
  store: Pick<StoredRuns, 'listRuns'>,
  latest: string,
): AsyncGenerator<KnownRun, void, void> {
  let seen = 0;
  for (let count = 100; ; count *= 4) {
    const runs = await store.listRuns(count);
    for (const run of runs.slice(seen)) if (run.startedAt <= latest) yield run;
    if (runs.length < count) return;
    seen = runs.length;
  }
}

function earlierResult(record: CaseRecord, key: string, run: KnownRun): EarlierResult {
  const { case: testCase, target, timings } = record;
  return {
    key,
    testCaseId: testCaseOfKey(key),
    name: testCase.name,
    fullName: fullNameOf(testCase),
    environment: environmentName(target),
    status: record.verdict,
    message: messageOf(record),
    start: Date.parse(timings.startedAt),
    stop: stopOf(record),
    group: trendGroup(record),
    point: pointOf(record, run),
  };
}

/** A record as a point of a trend; its figures are those of the output that uses most of its tolerance. */
export function pointOf({ target, verdict, comparison }: CaseRecord, run: KnownRun): CasePoint {
  const tightest = comparison && tightestCheck(comparison);
  return {
    at: run.startedAt,
    sdk: target.sdk,
    format: target.format,
    outcome: verdict === 'passed' || verdict === 'failed' ? verdict : 'broken',
    ...(tightest === undefined
      ? {}
      : { used: tightest.check.used, maxAbsError: tightest.output.metrics.maxAbsError }),
  };
}
