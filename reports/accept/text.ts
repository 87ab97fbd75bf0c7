import type { Assessment, Finding } from '../../harness/accept/assessment.ts';
import { counted, percent } from '../../harness/accept/figures.ts';
import type { Colours } from '../console/appearance.ts';
import { plainTable } from '../console/plain-table.ts';
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
  simulationWarning,
  worseInsideTolerance,
} from './model-rows.ts';
import { verdictTone, verdictWord } from './verdict-look.ts';

/** The longest lists of a terminal; the other reports have all. */
const shown = 12;

/** The assessment for a terminal, line by line. */
export function acceptanceText(assessment: Assessment, colours: Colours, width: number): string[] {
  const { verdict, reasons, baseline, candidate, findings, noise, power, policy } = assessment;
  const tones = { good: colours.green, doubt: colours.yellow, bad: colours.red };
  const list = (title: string, lines: readonly string[], limit = shown): string[] =>
    lines.length === 0
      ? []
      : ['', colours.bold(title), ...cut(lines, limit).flatMap((line) => wrapped(line, width))];
  const worse = worseInsideTolerance(assessment).map((change) => {
    const { name, used, error } = caseCells(change);
    return `${name}: ${used} of its tolerance, error ${error}`;
  });
  const attribution = (of: Assessment): string[] => {
    const rows = effectRows(of);
    const effects =
      rows.length === 0
        ? []
        : plainTable(
            effectColumns.map((title) => ({ title })),
            rows.map(effectCells),
          );
    const told = list(attributionTitle, attributionLines(of), 40);
    return told.length === 0 ? [] : [...told, ...effects];
  };
  return [
    `${tones[verdictTone[verdict]](colours.bold(verdictWord[verdict]))}  ${baseline.label} → ${candidate.label}`,
    ...(assessment.simulated ? [colours.yellow(simulationWarning)] : []),
    ...cut(reasons, shown).flatMap((reason) => wrapped(reason, width)),
    '',
    ...plainTable(
      modelColumns.map(([, title]) => ({ title })),
      modelRows(assessment).map((row) => modelColumns.map(([key]) => row[key])),
    ),
    colours.dim(`${markLegend}; intervals at ${percent(policy.confidence)}, corrected for all tests (Holm)`),
    ...attribution(assessment),
    ...list('Improvements', messages(findings, 'improvement')),
    ...list('Worse inside tolerance', worse),
    ...list('Noted', messages(findings, 'note')),
    ...(verdict === 'accepted with marginal cases' ? [] : list('Marginal', messages(findings, 'marginal'))),
    ...list('What these data can show', [noise.message, ...canaryLine(assessment), ...power], 40),
  ];
}

const messages = (findings: readonly Finding[], effect: Finding['effect']): string[] =>
  findings.filter((finding) => finding.effect === effect).map(({ message }) => message);

/** What stands for the fitness of the boards. */
export function canaryLine({ canaries }: Assessment): string[] {
  if (canaries.length === 0)
    return ['No canary ran around these cases: nothing shows that the boards were fit.'];
  const failed = canaries.filter(({ passed }) => !passed).length;
  return [
    failed === 0
      ? `All ${counted(canaries.length, 'canary run')} before and after passed: the boards were fit.`
      : `${failed} of ${counted(canaries.length, 'canary run')} failed.`,
  ];
}

const cut = (lines: readonly string[], limit: number): string[] =>
  lines.length <= limit
    ? [...lines]
    : [...lines.slice(0, limit), `... and ${lines.length - limit} more in the report`];

/** Breaks a sentence at blanks; further lines are indented under the first. */
function wrapped(sentence: string, width: number): string[] {
  const lines: string[] = [];
  let line = '- ';
  for (const word of sentence.split(' ')) {
    if (line.length + word.length > width && line.trim() !== '-' && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = '  ';
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
