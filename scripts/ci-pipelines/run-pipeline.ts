import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { globSync } from 'tinyglobby';
import { watchProcess } from '../../harness/cli/e2e/hil-process.ts';
import type { Job, Pipeline, Step } from './pipeline.ts';

export interface PipelinePlaces {
  /** Makes a clean checkout of the project for a job, and returns its folder. */
  readonly checkOut: (job: string) => string;
  /** Where kept files go, a folder for each name. */
  readonly kept: string;
  /** Variables of the machine that runs the jobs; they beat those of the pipeline. */
  readonly env: Readonly<Record<string, string>>;
}

/** A shell step that ran. */
export interface ScriptResult {
  readonly job: string;
  readonly script: string;
  readonly code: number | null;
  readonly output: string;
}

/** Runs the jobs one after the other as the CI system would, each in a checkout of its own; a failed job stops no other. */
export async function runPipeline(pipeline: Pipeline, places: PipelinePlaces): Promise<ScriptResult[]> {
  const results: ScriptResult[] = [];
  for (const job of pipeline.jobs) {
    const folder = places.checkOut(job.name);
    let failed = false;
    for (const step of job.steps) {
      if (failed && !step.always) continue;
      if (step.kind === 'keep') keep(step, folder, places.kept, job);
      else if (step.kind === 'fetch') fetch(step, folder, places.kept, job);
      else {
        const env = { ...pipeline.systemEnv, ...job.env, ...step.env, ...places.env };
        const { code, output } = await runScript(step.script, pipeline.shell, folder, env);
        results.push({ job: job.name, script: step.script, code, output });
        failed ||= code !== 0;
      }
    }
  }
  return results;
}

/** Runs a script by a shell in a folder, with nothing but these variables. */
export async function runScript(
  script: string,
  [shell = 'sh', ...options]: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const file = join(dirname(folder), 'script.sh');
  writeFileSync(file, script);
  const child = spawn(shell, [...options, file], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const { code, stdout, stderr } = await watchProcess(child).finished;
  return { code, output: stderr + stdout };
}

function keep(
  { name, globs, base }: Extract<Step, { kind: 'keep' }>,
  folder: string,
  kept: string,
  job: Job,
): void {
  for (const glob of globs) {
    const files = globSync(glob, { cwd: folder, dot: true });
    if (files.length === 0) throw new Error(`job ${job.name}: ${glob} finds nothing to keep`);
    for (const file of files) {
      cpSync(join(folder, file), join(kept, name, relative(base, file)), { recursive: true });
    }
  }
}

function fetch(
  { prefix, into }: Extract<Step, { kind: 'fetch' }>,
  folder: string,
  kept: string,
  job: Job,
): void {
  const names = (existsSync(kept) ? readdirSync(kept) : []).filter((name) => name.startsWith(prefix));
  if (names.length === 0) throw new Error(`job ${job.name}: nobody has kept anything under ${prefix}`);
  mkdirSync(join(folder, into), { recursive: true });
  for (const name of names) cpSync(join(kept, name), join(folder, into), { recursive: true });
}
