import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { KnownRun } from '../../harness/store/history/folder-runs.ts';
import type { EarlierResult, EarlierRun } from './earlier-runs.ts';

/**
 * Writes earlier runs as the file that Allure 3 reads its history from: one JSON object a line, oldest first. It is made
 * from the store for each report, so that making a report twice adds nothing.
 */
export async function writeHistoryFile(path: string, runs: readonly EarlierRun[]): Promise<void> {
  await using file = await open(path, 'w');
  for (const { run, results } of runs.toReversed()) {
    await file.write(`${JSON.stringify(historyEntry(run, results))}\n`);
  }
}

function historyEntry(run: KnownRun, results: readonly EarlierResult[]): object {
  const url = linkOf(run);
  return {
    uuid: run.id,
    name: `hil ${run.id}`,
    timestamp: Date.parse(run.startedAt),
    knownTestCaseIds: [...new Set(results.map(({ testCaseId }) => testCaseId))],
    // Where a test has several results, the first is the newest, and the last that is written here counts.
    testResults: Object.fromEntries(
      results.toReversed().map((result) => [result.key, historyResult(run, result, url)]),
    ),
    metrics: {},
    url,
  };
}

function historyResult(
  run: KnownRun,
  { key, name, fullName, environment, status, message, start, stop }: EarlierResult,
  url: string,
): object {
  return {
    id: createHash('md5').update(`${run.id} ${key}`).digest('hex'),
    historyId: key,
    name,
    fullName,
    environment,
    status,
    ...(message === undefined ? {} : { message, error: { message } }),
    start,
    stop,
    duration: stop - start,
    labels: [],
    url,
    reportLinks: [],
  };
}

/** The run's CI build, or nothing. Allure takes an address that ends with a slash for a report of its own. */
const linkOf = ({ ciUrl = '' }: KnownRun): string =>
  /^https?:\/\//.test(ciUrl) && URL.canParse(ciUrl) ? ciUrl.replace(/\/+$/, '') : '';
