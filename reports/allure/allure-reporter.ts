import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestResult } from 'allure-js-commons';
import { ReporterRuntime } from 'allure-js-commons/sdk/reporter';
import { HilError } from '../../harness/hil-error.ts';
import type { Reporter, RunSummary } from '../../harness/pipeline/reporter.ts';
import type { Capture, ReadCapture } from '../../harness/store/capture-view.ts';
import { writeDurably } from '../../harness/store/durable-file.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { chartOfOutput } from '../charts/chart-of-output.ts';
import { attachmentsOf } from './attachments.ts';
import { attemptResultsOf, resultOf, stopOf } from './case-result.ts';
import { categories } from './categories.ts';
import { clearResults } from './clear-results.ts';
import { environmentOf, executorOf } from './environment.ts';
import { ResultsWriter } from './results-writer.ts';

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
      await guarded(() => writeCase(runtime, record, root, capture));
    },
    onRunEnd: (summary) => guarded(() => writeEnd(runtime, summary)),
  };
}

/** A capture that cannot be read costs the charts, not the result. */
async function readCaptureOf(record: CaseRecord, readCapture: ReadCapture): Promise<Capture | undefined> {
  try {
    return await readCapture(record);
  } catch {
    return undefined;
  }
}

async function writeCase(
  runtime: ReporterRuntime,
  record: CaseRecord,
  root: string,
  capture: Capture | undefined,
): Promise<void> {
  const charts = (record.comparison?.outputs ?? []).flatMap((output) => {
    const svg = capture && chartOfOutput(output, capture, { labels: record.classNames });
    return svg === undefined ? [] : [{ output: output.name, svg }];
  });
  const attachments = await attachmentsOf(record, root, capture, charts);
  for (const attempt of attemptResultsOf(record)) writeResult(runtime, attempt, attempt.stop);
  const result = resultOf(
    record,
    charts.map(({ svg }) => svg),
  );
  writeResult(runtime, result, stopOf(record, result.steps), (uuid) => {
    for (const { name, content, contentType, extension } of attachments) {
      runtime.writeAttachment(uuid, null, name, Buffer.from(content), {
        contentType,
        fileExtension: extension,
      });
    }
  });
}

function writeResult(
  runtime: ReporterRuntime,
  result: Partial<TestResult>,
  stop: number,
  attach: (uuid: string) => void = () => undefined,
): void {
  const uuid = runtime.startTest(result);
  attach(uuid);
  runtime.stopTest(uuid, { stop });
  runtime.writeTest(uuid);
}

function writeEnd(runtime: ReporterRuntime, summary: RunSummary): void {
  runtime.environmentInfo = environmentOf(summary);
  runtime.writeEnvironmentInfo();
  const messages = [...summary.errors, ...(summary.interrupted ? ['The run was interrupted.'] : [])];
  runtime.applyGlobalRuntimeMessages(
    messages.map((message) => ({ type: 'global_error', data: { message } })),
  );
}
