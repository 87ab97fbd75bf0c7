import type { EnvironmentInfo, ExecutorInfo } from 'allure-js-commons/sdk';
import type { RunPlan, RunSummary } from '../../harness/pipeline/reporter.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { countRecords } from '../facts/run-counts.ts';
import { boardLabel, stackLabel } from '../facts/target.ts';

/** What the report says of the whole run. */
export function environmentOf({ plan, records, setAside = [] }: RunSummary): EnvironmentInfo {
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
    ...(setAside.length === 0
      ? {}
      : { 'Boards set aside': setAside.map(({ board, reason }) => `${board} ${reason}`).join('; ') }),
    'SDK stacks': distinct(({ target }) => stackLabel(target)),
    Formats: distinct(({ target }) => target.format),
    'Reference engine': distinct(({ golden }) => golden?.engine),
    Run: plan.run,
    Command: plan.command,
    Harness: plan.harnessVersion,
    Node: process.version,
  };
}

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
