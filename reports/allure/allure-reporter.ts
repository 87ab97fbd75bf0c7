import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ReporterRuntime } from 'allure-js-commons/sdk/reporter';
import { HilError } from '../../harness/hil-error.ts';
import type { Reporter, RunSummary } from '../../harness/pipeline/reporter.ts';
import type { ReadCapture } from '../../harness/store/capture-view.ts';
import { writeDurably } from '../../harness/store/durable-file.ts';
import { categories } from './categories.ts';
import { clearResults } from './clear-results.ts';
import { environmentOf, executorOf } from './environment.ts';
import { ResultsWriter } from './results-writer.ts';
import { readCaptureOf, writeCase } from './write-case.ts';

export interface AllureReporterOptions {
  /** Absolute path of the folder for Allure's results. Results of an earlier run in it are removed. */
  readonly resultsFolder: string;
  readonly readCapture: ReadCapture;
  /** Looked at for the CI system that runs this. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The results folder cannot be written. The run's records are not touched by that, and hold all that is needed. */
export class AllureResultsError extends HilError {
  readonly code = 'HIL_ALLURE_NOT_WRITTEN';
  readonly owner = 'spec';

  constructor(folder: string, cause: unknown) {
    super(
      `Allure results cannot be written to ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'Name a folder that you may write to, and that has room; this run’s records are stored without it.',
        cause,
      },
    );
  }
}

/**
 * Writes Allure results while the run goes on: one for each case, earlier attempts as its retries. The first failure to
 * write is thrown, and ends the reporting, not the run.
 */
export function allureReporter({ resultsFolder, readCapture, env }: AllureReporterOptions): Reporter {
  const runtime = new ReporterRuntime({
    writer: new ResultsWriter(resultsFolder),
    categories: [...categories],
  });
  let root = '';
  let lost = false;
  const guarded = async (write: () => Promise<void> | void): Promise<void> => {
    if (lost) return;
    try {
      await write();
    } catch (error) {
      lost = true;
      throw new AllureResultsError(resultsFolder, error);
    }
  };
  return {
    onRunStart: (plan) =>
      guarded(async () => {
        root = plan.root;
        await mkdir(resultsFolder, { recursive: true });
        await clearResults(resultsFolder);
        runtime.writeCategoriesDefinitions();
        await writeDurably(join(resultsFolder, 'executor.json'), JSON.stringify(executorOf(plan, env)));
      }),
    onCaseEnd: async (record) => {
      const capture = await readCaptureOf(record, readCapture);
      await guarded(() => writeCase(runtime, record, { root, capture }));
    },
    onRunEnd: (summary) => guarded(() => writeEnd(runtime, summary)),
  };
}

function writeEnd(runtime: ReporterRuntime, summary: RunSummary): void {
  runtime.environmentInfo = environmentOf(summary);
  runtime.writeEnvironmentInfo();
  const messages = [...summary.errors, ...(summary.interrupted ? ['The run was interrupted.'] : [])];
  runtime.applyGlobalRuntimeMessages(
    messages.map((message) => ({ type: 'global_error', data: { message } })),
  );
}
