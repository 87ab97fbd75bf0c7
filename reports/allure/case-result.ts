import { LabelName, Stage, Status, type StatusDetails, type TestResult } from 'allure-js-commons';
import type { CaseRecord } from '../../harness/store/record.ts';
import { caseText, verdictMessage } from '../facts/case-text.ts';
import { verdictKind } from '../facts/verdict-kind.ts';
import { describeCase } from './description.ts';
import { identityOf } from './identity.ts';
import { labelsOf, linksOf, parametersOf } from './labels.ts';
import type { Past } from './past.ts';
import { stepsOf } from './steps.ts';
import { lastAttemptStart } from './timeline.ts';

/** What is known of a case besides its record. */
export interface CaseContext {
  /** Golden against board, as SVG files. */
  readonly charts?: readonly string[] | undefined;
  /** There should be charts, but what the board answered is not kept any more. */
  readonly captureGone?: boolean | undefined;
  readonly past?: Past | undefined;
}

/** Marks failures that passed before. */
export const regressionTag = 'regression';

/** A record as Allure's result, without attachments. */
export function resultOf(record: CaseRecord, context: CaseContext = {}): Partial<TestResult> {
  const regressed = context.past?.regression !== undefined;
  return {
    ...identityOf(record),
    name: record.case.name,
    ...statusOf(record),
    statusDetails: statusDetailsOf(record, regressed),
    stage: Stage.FINISHED,
    descriptionHtml: describeCase(record, context),
    labels: [...labelsOf(record), ...(regressed ? [{ name: LabelName.TAG, value: regressionTag }] : [])],
    links: linksOf(record),
    parameters: parametersOf(record),
    steps: stepsOf(record),
    start: lastAttemptStart(record),
  };
}

/** Allure calls a result without a status unknown. */
function statusOf({ verdict }: CaseRecord): { status?: Status } {
  const statuses = {
    passed: Status.PASSED,
    failed: Status.FAILED,
    broken: Status.BROKEN,
    skipped: Status.SKIPPED,
  };
  return verdict === 'unknown' ? {} : { status: statuses[verdict] };
}

/** A result's message; undefined for plain passes, and skips without a reason. */
export function messageOf(record: CaseRecord): string | undefined {
  return verdictKind(record) === undefined && record.reason === undefined
    ? undefined
    : verdictMessage(record);
}

function statusDetailsOf(record: CaseRecord, regressed: boolean): StatusDetails {
  const message = messageOf(record);
  if (message === undefined) return {};
  return {
    message: regressed ? `${message} [${regressionTag}]` : message,
    trace: caseText(record).join('\n'),
  };
}

/** The end of a result: as measured, but not before its last step has ended. */
export function stopOf({ timings }: CaseRecord, steps: readonly { stop?: number }[] = []): number {
  return Math.max(
    Math.round(Date.parse(timings.startedAt) + timings.totalMs),
    ...steps.map(({ stop }) => stop ?? 0),
  );
}

/** Earlier attempts of a record as results of the same test, oldest first: Allure shows them as its retries. */
export function attemptResultsOf(record: CaseRecord): (Partial<TestResult> & { stop: number })[] {
  let start = Date.parse(record.timings.startedAt);
  return record.attempts.map((attempt) => {
    const stop = start + Math.round(attempt.ms);
    const result = { ...resultOf(attemptRecord(record, attempt, start)), stop };
    start = stop;
    return result;
  });
}

function attemptRecord(
  record: CaseRecord,
  attempt: CaseRecord['attempts'][number],
  start: number,
): CaseRecord {
  const { error, board, ms } = attempt;
  const { sdk, simulated, format } = record.target;
  return {
    ...record,
    verdict: 'broken',
    class: 'infra',
    marginal: false,
    reason: error.message,
    error,
    comparison: undefined,
    unseenFaults: undefined,
    // What is known of the last board says nothing about another.
    target: board === record.target.board ? record.target : { board, sdk, simulated, format },
    attempts: [],
    capture: undefined,
    timings: {
      startedAt: new Date(start).toISOString(),
      totalMs: ms,
      stagesMs: {},
      npuTimeUs: [],
      uploadedBytes: 0,
    },
  };
}
