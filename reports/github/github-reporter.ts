import { appendFile } from 'node:fs/promises';
import type { Reporter } from '../../harness/pipeline/reporter.ts';
import type { TextOutput } from '../console/text-output.ts';
import { annotationsOf } from './annotations.ts';
import { stepSummary } from './step-summary.ts';

export interface GithubReporterOptions {
  /** Where GitHub Actions looks for its commands. */
  readonly stdout: TextOutput;
  /** File of the step's summary, from `GITHUB_STEP_SUMMARY`; no summary without it. */
  readonly summaryFile: string | undefined;
  /** Path from the repository's root to the project's, e.g. `tests/npu`; GitHub names files from there. */
  readonly projectPath: string;
}

/** Marks what did not pass in the files of a pull request, and writes a summary of the step, at the end of the run. */
export function githubReporter({ stdout, summaryFile, projectPath }: GithubReporterOptions): Reporter {
  return {
    async onRunEnd(summary) {
      for (const line of annotationsOf(summary.records, projectPath)) stdout.write(`${line}\n`);
      if (summaryFile !== undefined) await appendFile(summaryFile, stepSummary(summary));
    },
  };
}
