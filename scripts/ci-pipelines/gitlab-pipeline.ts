import { parse } from 'yaml';
import { z } from 'zod';
import { type Job, type Pipeline, type Step, withContents } from './pipeline.ts';

const job = z.strictObject({
  stage: z.string(),
  parallel: z.number().optional(),
  timeout: z.string().optional(),
  when: z.literal('always').optional(),
  script: z.array(z.string()),
  artifacts: z.strictObject({
    when: z.literal('always').optional(),
    expire_in: z.string().optional(),
    paths: z.array(z.string()),
    reports: z.strictObject({ junit: z.string() }).optional(),
  }),
});
const about = z.object({
  stages: z.array(z.string()),
  variables: z.record(z.string(), z.string()),
});
const notJobs = new Set(['stages', 'default', 'workflow', 'variables']);

/** Reads a pipeline of GitLab CI: scripts, and artifacts, which the jobs of later stages find where they were. */
export function gitlabPipeline(
  text: string,
  secrets: Readonly<Record<string, string>>,
  build: number,
): Pipeline {
  const document = z.record(z.string(), z.unknown()).parse(parse(text));
  const { stages, variables } = about.parse(document);
  const jobs = Object.entries(document)
    .filter(([name]) => !notJobs.has(name))
    .map(([name, value]) => ({ name, ...job.parse(value) }))
    .sort((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage));
  const systemEnv: Record<string, string> = {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_JOB_URL: `https://gitlab.example/team/nets/-/jobs/${build}01`,
    CI_PIPELINE_URL: `https://gitlab.example/team/nets/-/pipelines/${build}`,
  };
  // GitLab puts variables into variables.
  const common = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      value.replaceAll(/\$(\w+)/g, (_, other: string) => systemEnv[other] ?? ''),
    ]),
  );
  return {
    systemEnv,
    shell: ['bash', '-eo', 'pipefail'],
    jobs: jobs.flatMap(({ name, stage, parallel, script, artifacts }) =>
      Array.from({ length: parallel ?? 1 }, (_, index): Job => {
        const jobName = parallel === undefined ? name : `${name} ${index + 1}/${parallel}`;
        const keep = (what: string, paths: readonly string[]): Step => ({
          kind: 'keep',
          name: `${what} ${jobName}`.replaceAll('/', ' of '),
          globs: paths.map(withContents),
          base: '.',
          always: artifacts.when === 'always',
        });
        const fetch: Step = { kind: 'fetch', prefix: 'artifact', into: '.', always: false };
        return {
          name: jobName,
          env: {
            ...common,
            ...secrets,
            ...(parallel === undefined
              ? {}
              : { CI_NODE_INDEX: `${index + 1}`, CI_NODE_TOTAL: `${parallel}` }),
          },
          steps: [
            ...(stage === stages[0] ? [] : [fetch]),
            // All lines of a script run in one shell.
            { kind: 'shell', script: script.join('\n'), env: {}, always: false },
            keep('artifact', artifacts.paths),
            ...(artifacts.reports ? [keep('junit', [artifacts.reports.junit])] : []),
          ],
        };
      }),
    ),
  };
}
