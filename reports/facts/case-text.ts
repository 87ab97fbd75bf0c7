import type { CaseRecord } from '../../harness/store/record.ts';
import { formatShape } from '../../harness/tensor/tensor.ts';
import { checkRows } from './check-rows.ts';
import { conversionSentence } from './conversion-text.ts';
import { explanationText } from './explanation-text.ts';
import { givenValues } from './given-values.ts';
import { formatDuration, medianNpuMs } from './duration.ts';
import { formatNumber } from './number.ts';
import { boardLabel, stackLabel } from './target.ts';
import { type VerdictKind, verdictKind } from './verdict-kind.ts';
import { furtherErrorLines, verdictSentence } from './verdict-sentence.ts';

/** The kind of trouble and, where there is one, the error's code: words that categories and scripts search for. */
export function stableToken(record: CaseRecord): string | undefined {
  const kind: VerdictKind | undefined = verdictKind(record);
  if (kind === undefined) return undefined;
  return record.error && record.verdict !== 'passed' ? `[${kind} ${record.error.code}]` : `[${kind}]`;
}

/** The verdict's sentence with its stable token at the end. */
export function verdictMessage(record: CaseRecord): string {
  const token = stableToken(record);
  return token === undefined ? verdictSentence(record) : `${verdictSentence(record)} ${token}`;
}

/** Why a case ended as it did, line by line, for places that know plain text only. */
export function caseText(record: CaseRecord): string[] {
  const { comparison, error, knownIssue } = record;
  const lines: string[] = explanationText(record);
  const conversion = conversionSentence(record);
  if (conversion !== undefined) lines.push(conversion);
  if (error) {
    lines.push(
      ...furtherErrorLines(record),
      ...error.causes.map((cause) => `caused by: ${cause}`),
      `next: ${error.hint}`,
      `code: ${error.code}`,
    );
  }
  for (const { kind, message } of comparison?.faults ?? []) lines.push(`${kind}: ${message}`);
  if (comparison) lines.push(...givenValues(comparison));
  for (const row of comparison ? checkRows(comparison) : []) {
    const wouldPass = row.ok ? '' : `, would just pass: ${row.wouldPass}`;
    lines.push(
      `${row.ok ? 'ok    ' : 'FAILED'} ${row.output}: ${row.check} is ${row.value}, limit ${row.limit} (${row.used === 'over' ? 'over' : `${row.used} used`})${wouldPass}`,
    );
  }
  for (const { name, shape, metrics } of comparison?.outputs ?? []) {
    if (!metrics.worst) continue;
    const { index, golden, board } = metrics.worst;
    lines.push(
      `worst element of ${name} ${formatShape(shape)}: [${index.join(', ')}] golden ${formatNumber(golden, 6)}, board ${formatNumber(board, 6)}`,
    );
  }
  record.attempts.forEach((attempt, index) => {
    lines.push(`attempt ${index + 1} on ${attempt.board}: ${attempt.error.message} (${attempt.error.code})`);
  });
  if (knownIssue) lines.push(`known issue ${knownIssue.id}: ${knownIssue.reason}; still a failure`);
  return lines;
}

/** Where and how a case ran, line by line. */
export function targetText(record: CaseRecord): string[] {
  const { target, timings } = record;
  const npuMs = medianNpuMs(timings.npuTimeUs);
  return [
    `board: ${boardLabel(target)}`,
    `SDK stack: ${stackLabel(target)}`,
    `format: ${target.format}`,
    ...(npuMs === undefined ? [] : [`NPU time: ${formatDuration(npuMs)}`]),
    `input: ${record.case.inputFile}`,
    ...(record.capture === undefined ? [] : [`capture: ${record.capture}`]),
  ];
}
