import { parse } from 'yaml';
import { z } from 'zod';
import { type Job, type Pipeline, type Step, withContents } from './pipeline.ts';

const env = z.record(z.string(), z.coerce.string()).default({});
const inputs = z.record(z.string(), z.coerce.string()).default({});
const workflow = z.object({
  on: z.object({ schedule: z.array(z.object({ cron: z.string() })).min(1) }),
  env,
  jobs: z.record(
    z.string(),
    z.object({
      'runs-on': z.array(z.string()),
      needs: z.string().optional(),
      if: z.string().optional(),
      strategy: z.object({ matrix: z.object({ shard: z.array(z.number()) }) }).optional(),
      env,
      steps: z.array(
        z.object({
          uses: z.string().optional(),
          run: z.string().optional(),
          if: z.literal('always()').optional(),
          with: inputs,
          env,
        }),
      ),
    }),
  ),
});
type WorkflowStep = z.infer<typeof workflow>['jobs'][string]['steps'][number];

const prepared = new Set(['actions/checkout@v4', 'actions/setup-node@v4']);

/**
 * Reads a workflow of GitHub Actions: `run` steps, and the actions that keep and fetch artifacts. The checkout and Node
 * are there already.
 */
export function githubPipeline(
  text: string,
  secrets: Readonly<Record<string, string>>,
  build: number,
): Pipeline {
  const { jobs, env: common } = workflow.parse(parse(text));
  return {
    systemEnv: {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_REPOSITORY: 'team/nets',
      GITHUB_RUN_ID: `${build}`,
    },
    shell: ['bash', '-e'],
    jobs: Object.entries(jobs).flatMap(([name, job]) =>
      (job.strategy?.matrix.shard ?? [undefined]).map((shard): Job => {
        const known = new Map(Object.entries(secrets).map(([key, value]) => [`secrets.${key}`, value]));
        if (shard !== undefined) known.set('matrix.shard', `${shard}`);
        const fill = (value: string) => fillIn(value, known);
        return {
          name: shard === undefined ? name : `${name} ${shard}`,
          env: mapValues({ ...common, ...job.env }, fill),
          steps: job.steps.flatMap((step) => stepsOf(step, fill)),
        };
      }),
    ),
  };
}

function stepsOf({ uses, run, if: condition, with: input, env: own }: WorkflowStep, fill: Fill): Step[] {
  const always = condition === 'always()';
  if (run !== undefined) {
    // An expression in a script is put in before the shell reads it: text from outside would become code.
    if (run.includes('${{')) throw new Error(`a script holds an expression: ${run}`);
    return [{ kind: 'shell', script: run, env: mapValues(own, fill), always }];
  }
  if (uses === 'actions/upload-artifact@v4') {
    const paths = input['path']!.trim().split('\n');
    const hidden = paths.some((path) => path.startsWith('.'));
    if (hidden && input['include-hidden-files'] !== 'true') throw new Error(`${input['path']} is hidden`);
    // The action leaves out the folders that all paths share.
    const base = paths.length > 1 ? paths[0]!.split('/')[0]! : paths[0]!;
    return [{ kind: 'keep', name: fill(input['name']!), globs: paths.map(withContents), base, always }];
  }
  if (uses === 'actions/download-artifact@v4') {
    return [{ kind: 'fetch', prefix: input['pattern']!.replace('*', ''), into: input['path']!, always }];
  }
  if (prepared.has(uses ?? '')) return [];
  throw new Error(`nobody here knows what ${uses} does`);
}

type Fill = (value: string) => string;

const fillIn = (value: string, known: ReadonlyMap<string, string>): string =>
  value.replaceAll(/\$\{\{ (\S+) \}\}/g, (_, expression: string) => {
    const found = known.get(expression);
    if (found === undefined) throw new Error(`nobody here knows the value of ${expression}`);
    return found;
  });

const mapValues = (record: Readonly<Record<string, string>>, map: Fill): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
