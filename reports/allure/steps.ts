import { type Parameter, Stage as AllureStage, Status, type StepResult } from 'allure-js-commons';
import type { CaseRecord, Stage } from '../../harness/store/record.ts';
import { type CheckRow, checkRows } from '../facts/check-rows.ts';
import { formatDuration, medianNpuMs } from '../facts/duration.ts';
import { verdictSentence } from '../facts/verdict-sentence.ts';
import { type TimedStage, lastAttemptStart, timelineOf } from './timeline.ts';

/** The stages of a case as steps, with the checks below the comparison. */
export function stepsOf(record: CaseRecord): StepResult[] {
  const timeline = timelineOf(record.timings, lastAttemptStart(record));
  const culprit = culpritOf(record, timeline);
  return timeline.map(({ stage, start, stop }) => ({
    ...step(titleOf(stage, record), start, stop, stage === culprit ? failedStatus(record) : Status.PASSED),
    statusDetails: stage === culprit ? { message: verdictSentence(record) } : {},
    steps: stage === 'compare' ? checkSteps(record, start, stop) : [],
  }));
}

function titleOf(stage: Stage, { timings }: CaseRecord): string {
  if (stage === 'upload')
    return timings.uploadedBytes > 0
      ? `upload ${formatBytes(timings.uploadedBytes)}`
      : 'upload nothing: the board holds the model';
  if (stage === 'run') {
    const npuMs = medianNpuMs(timings.npuTimeUs);
    const { length } = timings.npuTimeUs;
    if (npuMs === undefined) return 'run';
    return `run ${length === 1 ? 'once' : `${length} times`}, ${formatDuration(npuMs)} on the NPU`;
  }
  return stage;
}

/** e.g. `744 kB`. */
const formatBytes = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} bytes`
    : bytes < 1e6
      ? `${Math.round(bytes / 1000)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;

const boardStages: readonly Stage[] = ['connect', 'upload', 'run'];

/**
 * The stage that is marked as the one that went wrong: the comparison for a precision failure, else the last that was
 * reached; for trouble with the board the last that has to do with the board. A record does not name it.
 */
function culpritOf(record: CaseRecord, timeline: readonly TimedStage[]): Stage | undefined {
  if (record.verdict === 'passed' || record.verdict === 'skipped') return undefined;
  if (record.class === 'precision') return 'compare';
  const owner = record.error?.owner;
  const onBoard = record.class === 'runtime' || owner === 'lab' || owner === 'undecided';
  return timeline.findLast(({ stage }) => !onBoard || boardStages.includes(stage))?.stage;
}

const failedStatus = ({ verdict }: CaseRecord): Status =>
  verdict === 'failed' ? Status.FAILED : Status.BROKEN;

function checkSteps({ comparison }: CaseRecord, start: number, stop: number): StepResult[] {
  if (!comparison) return [];
  const faults = comparison.faults.map(({ kind, message }) => ({
    ...step(`${kind}: ${message}`, start, stop, Status.FAILED),
    statusDetails: { message },
  }));
  const checks = checkRows(comparison).map((row) => ({
    ...step(
      `${row.output}: ${row.check} is ${row.value}, limit ${row.limit}`,
      start,
      stop,
      row.ok ? Status.PASSED : Status.FAILED,
    ),
    parameters: checkParameters(row),
  }));
  return [...faults, ...checks];
}

const checkParameters = ({ used, wouldPass }: CheckRow): Parameter[] => [
  { name: 'used', value: used },
  ...(wouldPass === '' || wouldPass === '-' ? [] : [{ name: 'would just pass', value: wouldPass }]),
];

const step = (name: string, start: number, stop: number, status: Status): StepResult => ({
  name,
  status,
  statusDetails: {},
  stage: AllureStage.FINISHED,
  steps: [],
  attachments: [],
  parameters: [],
  start,
  stop,
});
