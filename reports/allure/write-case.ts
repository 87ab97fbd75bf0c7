import type { TestResult } from 'allure-js-commons';
import type { ReporterRuntime } from 'allure-js-commons/sdk/reporter';
import type { Capture, ReadCapture } from '../../harness/store/capture-view.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { chartOfOutput } from '../charts/chart-of-output.ts';
import { trialsPlot } from '../input/trials-plot.ts';
import { layerPlots } from '../layers/layer-plots.ts';
import { attachmentsOf } from './attachments.ts';
import { attemptResultsOf, resultOf, stopOf } from './case-result.ts';
import type { Past } from './past.ts';

export interface CaseSurroundings {
  /** Absolute path of the project's root. */
  readonly root: string;
  readonly capture: Capture | undefined;
  readonly past?: Past | undefined;
}

/** A capture that cannot be read costs the charts, not the result. */
export async function readCaptureOf(
  record: CaseRecord,
  readCapture: ReadCapture,
): Promise<Capture | undefined> {
  try {
    return await readCapture(record);
  } catch {
    return undefined;
  }
}

/** Writes one case with its attachments, after its earlier attempts. */
export async function writeCase(
  runtime: ReporterRuntime,
  record: CaseRecord,
  { root, capture, past }: CaseSurroundings,
): Promise<void> {
  const charts = (record.comparison?.outputs ?? []).flatMap((output) => {
    const svg = capture && chartOfOutput(output, capture, { labels: record.classNames });
    return svg === undefined ? [] : [{ title: `${output.name}: golden against board`, svg }];
  });
  const trend = past?.trend === undefined ? [] : [{ title: 'over time', svg: past.trend }];
  const layers = capture?.layers ? layerPlots(capture.layers) : [];
  const { explanation } = record;
  const inputs =
    explanation?.input && explanation.cause === 'input-settings'
      ? [{ title: 'wrong inputs against the board', svg: trialsPlot(explanation.input) }]
      : [];
  const attachments = await attachmentsOf(record, root, capture, [...charts, ...inputs, ...layers, ...trend]);
  for (const attempt of attemptResultsOf(record)) writeResult(runtime, attempt, attempt.stop);
  const result = resultOf(record, {
    // The page has all plots of layers; a description is in every report that lists the case.
    charts: [...charts, ...inputs, ...layers.slice(0, 1)].map(({ svg }) => svg),
    captureGone: captureGone(record, capture),
    past,
  });
  writeResult(runtime, result, stopOf(record, result.steps), (uuid) => {
    for (const { name, content, contentType, extension } of attachments) {
      runtime.writeAttachment(uuid, null, name, Buffer.from(content), {
        contentType,
        fileExtension: extension,
      });
    }
  });
}

export const captureGone = (record: CaseRecord, capture: Capture | undefined): boolean =>
  record.capture !== undefined && capture === undefined;

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
