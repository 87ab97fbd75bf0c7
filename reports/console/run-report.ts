import type { RunSummary } from '../../harness/pipeline/reporter.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { distanceSentence } from '../facts/explanation-text.ts';
import { countRecords, isMarginal, simulationNotice, summaryLine } from '../facts/run-counts.ts';
import { summariseUnseenFaults } from '../facts/unseen-faults.ts';
import { verdictSentence } from '../facts/verdict-sentence.ts';
import type { Colours } from './appearance.ts';
import { caseDetails } from './case-details.ts';
import { resultTable } from './result-table.ts';
import { setAsideLine } from './set-aside-line.ts';

/** Where a person finds more; shown as given. */
export interface ReportPaths {
  /** The command that shows the run in a browser. */
  readonly report?: string | undefined;
  readonly allureResults?: string | undefined;
  readonly junitFile?: string | undefined;
  readonly captures?: string | undefined;
}

/** The whole result of a run as text, blocks apart by an empty line. */
export function runReport(summary: RunSummary, paths: ReportPaths, width: number, colours: Colours): string {
  const { records, errors, interrupted, totalMs, setAside = [] } = summary;
  const counts = countRecords(records);
  const blocks: string[][] = [];
  if (records.length > 0) blocks.push(resultTable(records, width, colours));
  blocks.push(...caseDetails(records, colours));
  for (const error of errors) blocks.push([`${colours.red('ERROR')}  ${error}`]);
  blocks.push(setAside.map((event) => setAsideLine(event, colours)));
  blocks.push(
    listMarginal(records, colours),
    listExplained(records, colours),
    listUnseen(records, colours),
    listUntested(records, colours),
    listSkipped(records, colours),
  );
  const closing = summaryLine(counts, totalMs);
  const notice = simulationNotice(counts);
  blocks.push([
    ...(interrupted ? [colours.yellow('Interrupted: what had not ended has no result.')] : []),
    colours.bold(
      errors.length > 0
        ? `${closing}; ${errors.length} ${errors.length === 1 ? 'error' : 'errors'} outside of cases`
        : closing,
    ),
    ...(notice === undefined ? [] : [colours.yellow(notice)]),
    ...listPaths(paths),
  ]);
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

/** Marginal cases that are told one by one; the table above marks them all. */
const mostMarginal = 20;

function listMarginal(records: readonly CaseRecord[], colours: Colours): string[] {
  const marginal = records.filter(isMarginal);
  if (marginal.length === 0) return [];
  return [
    colours.yellow('Marginal: passed with more than 80 % of a limit used'),
    ...marginal.slice(0, mostMarginal).map((record) => `  ${record.case.name}: ${verdictSentence(record)}`),
    ...(marginal.length > mostMarginal ? [`  and ${marginal.length - mostMarginal} more`] : []),
  ];
}

/** Cases that passed are explained only where the run was asked to. */
function listExplained(records: readonly CaseRecord[], colours: Colours): string[] {
  const lines = records.flatMap((record) => {
    const sentence = record.verdict === 'passed' ? distanceSentence(record) : undefined;
    return sentence === undefined ? [] : [`  ${record.case.name}: ${sentence}`];
  });
  return lines.length === 0 ? [] : [colours.dim('Passed, and explained'), ...lines];
}

function listUnseen(records: readonly CaseRecord[], colours: Colours): string[] {
  const unseen = summariseUnseenFaults(records);
  if (unseen.length === 0) return [];
  return [
    colours.yellow('Tolerances that would miss an injected fault'),
    ...unseen.map(({ spec, sentence }) => `  ${spec}: ${sentence}`),
  ];
}

function listUntested(records: readonly CaseRecord[], colours: Colours): string[] {
  const byReason = namesByReason(records, ({ toleranceUntested }) => toleranceUntested);
  if (byReason.size === 0) return [];
  return [
    colours.dim('Tolerances not tested with injected faults'),
    ...[...byReason].map(([reason, names]) => `  ${nameSome(names)}: ${reason}`),
  ];
}

function namesByReason(
  records: readonly CaseRecord[],
  reasonOf: (record: CaseRecord) => string | undefined,
): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const record of records) {
    const reason = reasonOf(record);
    if (reason === undefined) continue;
    names.set(reason, [...(names.get(reason) ?? []), record.case.name]);
  }
  return names;
}

function listSkipped(records: readonly CaseRecord[], colours: Colours): string[] {
  const byReason = namesByReason(records, ({ verdict, reason }) =>
    verdict === 'skipped' ? (reason ?? 'no reason was recorded') : undefined,
  );
  if (byReason.size === 0) return [];
  return [
    colours.dim('Skipped'),
    ...[...byReason].map(([reason, names]) => `  ${nameSome(names)}: ${reason}`),
  ];
}

const nameSome = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;

function listPaths({ report, allureResults, junitFile, captures }: ReportPaths): string[] {
  const lines: [string, string | undefined][] = [
    ['Report', report],
    ['Allure results', allureResults],
    ['JUnit file', junitFile],
    ['Captures', captures],
  ];
  return lines.flatMap(([name, path]) => (path === undefined ? [] : [`${name.padEnd(15)} ${path}`]));
}
