import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { RunPlan } from '../../pipeline/reporter.ts';
import type { StoredRun } from './record-store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const run = promisify(execFile);

/** Where a run comes from: the commit of the project and the CI build. */
export type RunOrigin = Pick<RunPlan, 'gitCommit' | 'gitDirty' | 'ciUrl'>;

/** @param root - Of the project, absolute. */
export async function originOf(root: string, env: Environment): Promise<RunOrigin> {
  const [commit, changes] = await Promise.all([
    git(root, 'rev-parse', 'HEAD'),
    git(root, 'status', '--porcelain', '--untracked-files=no'),
  ]);
  return {
    gitCommit: commit,
    gitDirty: changes === undefined ? undefined : changes !== '',
    ciUrl: ciBuildUrl(env),
  };
}

/** What a run's plan tells the history. */
export const runOfPlan = (plan: RunPlan): Omit<StoredRun, 'interrupted'> => ({
  id: plan.run,
  startedAt: plan.startedAt,
  harnessVersion: plan.harnessVersion,
  command: plan.command,
  gitCommit: plan.gitCommit,
  gitDirty: plan.gitDirty,
  ciUrl: plan.ciUrl,
});

/** The same with what this process knows of itself; a plan that was made without its origin gets it now. */
export async function provenanceOf(plan: RunPlan, env: Environment): Promise<StoredRun> {
  const known = plan.gitCommit !== undefined || plan.ciUrl !== undefined;
  const origin = known ? {} : await originOf(plan.root, env);
  return { ...runOfPlan(plan), ...origin, host: hostname(), interrupted: false };
}

/** The page of the CI build that runs this, from the variables that CI systems set; `HIL_BUILD_URL` beats them. */
export function ciBuildUrl(env: Environment): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  const github = server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined;
  return (
    env['HIL_BUILD_URL'] ?? github ?? env['CI_JOB_URL'] ?? env['BUILD_URL'] ?? env['BUILDKITE_BUILD_URL']
  );
}

/** Undefined where there is no repository, or no git. */
async function git(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run('git', ['-C', folder, ...args], { timeout: 10_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
