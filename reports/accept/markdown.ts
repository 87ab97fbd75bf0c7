import type { Assessment, Finding } from '../../harness/accept/assessment.ts';
import { percent } from '../../harness/accept/figures.ts';
import { valueFormat } from '../../harness/accept/shift-sentence.ts';
import {
  attributionLines,
  attributionTitle,
  effectCells,
  effectColumns,
  effectRows,
} from './attribution-rows.ts';
import {
  caseCells,
  markLegend,
  modelColumns,
  modelRows,
  shiftRows,
  simulationWarning,
  worseInsideTolerance,
} from './model-rows.ts';
import { canaryLine } from './text.ts';
import { verdictWord } from './verdict-look.ts';

/** A pull request's page shows no more of a list than anybody reads. */
const shown = 25;

/** The assessment as Markdown for a pull request. */
export function acceptanceMarkdown(assessment: Assessment): string {
  const { verdict, reasons, baseline, candidate, findings, noise, power, policy } = assessment;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0
      ? []
      : [`<details><summary>${title} (${lines.length})</summary>`, bullets(lines), '</details>'];
  const of = (effect: Finding['effect']) =>
    findings.filter((finding) => finding.effect === effect).map(({ message }) => message);
  const worse = worseInsideTolerance(assessment).map(caseCells);
  return `${[
    `## ${verdictWord[verdict]}: ${text(baseline.label)} → ${text(candidate.label)}`,
    ...(assessment.simulated ? [`> ${simulationWarning}`] : []),
    bullets(reasons),
    table(
      modelColumns.map(([, title]) => title),
      modelRows(assessment).map((row) => modelColumns.map(([key]) => row[key])),
    ),
    `${markLegend}; corrected for all tests (Holm).`,
    ...attribution(assessment),
    ...section('Improvements', of('improvement')),
    ...(verdict === 'accepted with marginal cases' ? [] : section('Marginal', of('marginal'))),
    ...section(
      'Worse inside tolerance',
      worse.map(({ name, used, error }) => `${name}: ${used} of its tolerance, error ${error}`),
    ),
    ...section('Noted', of('note')),
    ...section(`Shifts with their ${percent(policy.confidence)} intervals`, shiftLines(assessment)),
    ...section('What these data can show', [noise.message, ...canaryLine(assessment), ...power]),
    versions('Baseline', assessment.baseline),
    versions('Candidate', assessment.candidate),
  ].join('\n\n')}\n`;
}

function attribution(assessment: Assessment): string[] {
  const lines = attributionLines(assessment);
  if (lines.length === 0) return [];
  const rows = effectRows(assessment);
  return [
    `### ${attributionTitle}`,
    bullets(lines),
    ...(rows.length === 0 ? [] : [table(effectColumns, rows.map(effectCells))]),
  ];
}

const shiftLines = (assessment: Assessment): string[] =>
  shiftRows(assessment).map(({ network, what, judgement: { estimate, margin, adjustedP } }) => {
    const value = valueFormat(what);
    return `${network}, ${what}: ${value(estimate.value)} (${value(estimate.low)} to ${value(estimate.high)}), corrected p ${adjustedP.toPrecision(2)}, margin ${value(margin)}`;
  });

const versions = (title: string, { label, boards, versions: parts, runs }: Assessment['baseline']): string =>
  text(
    `${title}: ${label}; ${[`boards ${boards.join(', ')}`, ...parts, `run ${runs.join(', ')}`].join('; ')}`,
  );

const bullets = (lines: readonly string[]): string =>
  [
    ...lines.slice(0, shown).map((line) => `- ${text(line)}`),
    ...(lines.length > shown ? [`- ... and ${lines.length - shown} more`] : []),
  ].join('\n');

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map(() => '---'), ...rows.map((row) => row.map(text))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** Names come from people: they may hold what Markdown takes for marks. */
const text = (value: string): string =>
  value.replaceAll(/[\\`*_{}[\]<>#|]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ');
