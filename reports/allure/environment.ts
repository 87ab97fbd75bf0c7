import type { EnvironmentInfo, ExecutorInfo } from 'allure-js-commons/sdk';
import type { RunPlan, RunSummary } from '../../harness/pipeline/reporter.ts';
import type { KnownRun } from '../../harness/store/history/folder-runs.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { countRecords } from '../facts/run-counts.ts';
import { boardLabel, stackLabel } from '../facts/target.ts';
import type { ResultOfRun } from './newest-results.ts';

/** What the report says of the whole run, while it is told by the process that ran it. */
export const environmentOf = ({ plan, records, setAside = [] }: RunSummary): EnvironmentInfo => ({
  ...environmentOfRecords(records),
  ...(setAside.length === 0
    ? {}
    : { 'Boards set aside': setAside.map(({ board, reason }) => `${board} ${reason}`).join('; ') }),
  Run: plan.run,
  Command: plan.command,
  Harness: plan.harnessVersion,
  Node: process.version,
});

/** What is known of stored runs together. */
export function environmentOfRuns(results: readonly ResultOfRun[]): EnvironmentInfo {
  const runs = [...new Map(results.map(({ run }) => [run.id, run])).values()];
  const distinct = (value: (run: KnownRun) => string | undefined): string =>
    [...new Set(runs.map(value))].filter((known) => known !== undefined).join(', ');
  const facts: [string, string][] = [
    [runs.length === 1 ? 'Run' : 'Runs', distinct(({ id }) => id)],
    ['Command', distinct(({ command }) => command)],
    ['Commit', distinct(commitOf)],
    ['Harness', distinct(({ harnessVersion }) => harnessVersion)],
    ['Host', distinct(({ host }) => host)],
  ];
  return {
    ...environmentOfRecords(results.map(({ record }) => record)),
    ...Object.fromEntries(facts.filter(([, value]) => value !== '')),
  };
}

const commitOf = ({ gitCommit, gitDirty = false }: KnownRun): string | undefined =>
  gitCommit && `${gitCommit.slice(0, 12)}${gitDirty ? ' with changes' : ''}`;

function environmentOfRecords(records: readonly CaseRecord[]): EnvironmentInfo {
  const distinct = (value: (record: CaseRecord) => string | undefined): string =>
    [...new Set(records.map(value))]
      .filter((known) => known !== undefined)
      .sort()
      .join(', ') || 'none';
  const { simulated, total } = countRecords(records);
  return {
    Simulated:
      simulated === 0 ? 'no' : simulated === total ? 'every result' : `${simulated} of ${total} results`,
    Boards: distinct(({ target }) => boardLabel(target)),
    'SDK stacks': distinct(({ target }) => stackLabel(target)),
    Formats: distinct(({ target }) => target.format),
    'Reference engine': distinct(({ golden }) => golden?.engine),
  };
}

/** Who ran a stored run. */
export const executorOfRun = ({ id, harnessVersion, ciUrl }: KnownRun): ExecutorInfo => ({
  name: ciUrl === undefined ? `hil ${harnessVersion}` : 'CI',
  type: 'hil',
  buildName: id,
  ...(ciUrl === undefined ? {} : { buildUrl: ciUrl }),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** Who ran it: the CI system where its variables are set, else the harness alone. */
export function executorOf(plan: RunPlan, env: Environment): ExecutorInfo {
  const buildName = plan.run;
  if (env['GITHUB_ACTIONS'] === 'true') {
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
    return build(
      'GitHub Actions',
      'github',
      buildName,
      env['GITHUB_RUN_NUMBER'],
      `${server}/${repository}/actions/runs/${id}`,
    );
  }
  if (env['GITLAB_CI'] === 'true') {
    return build('GitLab CI', 'gitlab', buildName, env['CI_PIPELINE_IID'], env['CI_PIPELINE_URL']);
  }
  if (env['JENKINS_URL'] !== undefined) {
    return build('Jenkins', 'jenkins', buildName, env['BUILD_NUMBER'], env['BUILD_URL']);
  }
  return { name: `hil ${plan.harnessVersion}`, type: 'hil', buildName };
}

function build(
  name: string,
  type: string,
  buildName: string,
  order: string | undefined,
  buildUrl: string | undefined,
): ExecutorInfo {
  return {
    name,
    type,
    buildName,
    ...(order !== undefined && /^\d+$/.test(order) ? { buildOrder: Number(order) } : {}),
    ...(buildUrl === undefined ? {} : { buildUrl }),
  };
}
