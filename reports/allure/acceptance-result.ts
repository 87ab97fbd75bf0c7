import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { Stage, Status, type StepResult, type TestResult } from 'allure-js-commons';
import type { AcceptanceVerdict, Assessment, ModelAssessment } from '../../harness/accept/assessment.ts';
import type { AcceptanceFile } from '../accept/files.ts';
import { ResultsWriter } from './results-writer.ts';

const statuses: Readonly<Record<AcceptanceVerdict, Status>> = {
  accepted: Status.PASSED,
  'accepted with marginal cases': Status.PASSED,
  rejected: Status.FAILED,
  'not enough data': Status.BROKEN,
  'board unfit': Status.BROKEN,
};

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.md': 'text/markdown',
  '.json': 'application/json',
};

/** When a check began and ended, in milliseconds since 1970. */
export interface CheckTimes {
  readonly start: number;
  readonly stop: number;
}

/**
 * Writes a check as one Allure result, with a step for each network and the reports attached. Checks of the same two
 * stacks are the same test, so that Allure shows how their verdicts change.
 *
 * @param folder - Of the results; made if need be.
 */
export function writeAcceptanceResult(
  folder: string,
  assessment: Assessment,
  files: readonly AcceptanceFile[],
  times: CheckTimes,
): void {
  mkdirSync(folder, { recursive: true });
  const writer = new ResultsWriter(folder);
  const attachments = files.map(({ name, title, content }) => {
    const extension = name.slice(name.lastIndexOf('.'));
    const source = `${randomUUID()}-attachment${extension}`;
    writer.writeAttachment(source, Buffer.from(content));
    return { name: title, source, type: contentTypes[extension] ?? 'text/plain' };
  });
  writer.writeResult({ ...resultOf(assessment, times), attachments });
}

function resultOf(assessment: Assessment, times: CheckTimes): TestResult {
  const { verdict, reasons, baseline, candidate, simulated, models } = assessment;
  const name = `acceptance: ${baseline.label} → ${candidate.label}${simulated ? ' (simulated)' : ''}`;
  const id = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return {
    uuid: randomUUID(),
    historyId: id,
    testCaseId: id,
    fullName: name,
    name,
    status: statuses[verdict],
    statusDetails: { message: [verdict, ...reasons].join('\n') },
    stage: Stage.FINISHED,
    labels: [
      { name: 'parentSuite', value: 'acceptance' },
      { name: 'suite', value: `${baseline.label} → ${candidate.label}` },
    ],
    links: [],
    parameters: [],
    attachments: [],
    steps: models.map((model) => stepOf(model, times)),
    ...times,
  };
}

const stepOf = ({ name, verdict, findings }: ModelAssessment, times: CheckTimes): StepResult => ({
  name: `${name}: ${verdict}`,
  status: statuses[verdict],
  statusDetails: { message: findings.map(({ message }) => message).join('\n') },
  stage: Stage.FINISHED,
  steps: [],
  attachments: [],
  parameters: [],
  ...times,
});
