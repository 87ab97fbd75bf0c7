import type { Assessment, Finding, ModelAssessment } from '../../harness/accept/assessment.ts';
import { percent, plain } from '../../harness/accept/figures.ts';
import type { ShiftKind } from '../../harness/accept/judge-shift.ts';
import { valueFormat } from '../../harness/accept/shift-sentence.ts';
import { escapeMarkup } from '../facts/escape-markup.ts';
import { type GridResponse, gridResponses } from '../../harness/accept/grid-cell.ts';
import {
  attributionLines,
  attributionTitle,
  cornerColumns,
  cornerRows,
  effectCells,
  effectColumns,
  effectRows,
} from './attribution-rows.ts';
import { distributionPlot } from './distribution-plot.ts';
import { type DriftRow, driftPlot } from './drift-plot.ts';
import { intervalPlot } from './interval-plot.ts';
import {
  caseCells,
  markLegend,
  modelColumns,
  modelRows,
  shiftRows,
  simulationWarning,
} from './model-rows.ts';
import { canaryLine } from './text.ts';
import { verdictTone, verdictWord } from './verdict-look.ts';

// Whole and alone: no script, nothing from outside, colours after the reader's own choice of light and dark.
const style = `
:root{color-scheme:light dark;--page:#f6f8fa;--card:#fff;--ink:#1f2328;--faint:#656d76;--line:#d8dee4;--good:#1a7f37;--doubt:#9a6700;--bad:#c1272d}
@media (prefers-color-scheme:dark){:root{--page:#0d1117;--card:#1c2128;--ink:#e6edf3;--faint:#9198a1;--line:#3d444d;--good:#4ac26b;--doubt:#d4a72c;--bad:#ff8182}}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
main{max-width:980px;margin:0 auto;padding:24px 16px 64px}
h1{margin:0 0 4px;font-size:26px}h2{margin:36px 0 8px;font-size:19px}h3{margin:24px 0 6px;font-size:16px}
.good{color:var(--good)}.doubt{color:var(--doubt)}.bad{color:var(--bad)}.faint{color:var(--faint)}
.note{border-left:4px solid var(--doubt);background:var(--card);padding:8px 12px;margin:12px 0}
.scroll{overflow-x:auto}table{border-collapse:collapse;background:var(--card);width:100%;font-size:13px}
th,td{border:1px solid var(--line);padding:4px 8px;text-align:left;vertical-align:top}th{color:var(--faint);font-weight:600}
ul{padding-left:20px}li{margin:2px 0}svg{max-width:100%;height:auto;display:block;margin:10px 0}
details{margin:8px 0}summary{cursor:pointer;font-weight:600}`;

/** The assessment as one page that needs nothing else. */
export function acceptancePage(assessment: Assessment): string {
  const { verdict, reasons, baseline, candidate, findings, noise, power, policy } = assessment;
  const title = `${verdictWord[verdict]}: ${baseline.label} → ${candidate.label}`;
  const of = (effect: Finding['effect']) =>
    findings.filter((finding) => finding.effect === effect).map(({ message }) => message);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${style}
</style>
</head>
<body>
<main>
<h1><span class="${verdictTone[verdict]}">${verdictWord[verdict]}</span></h1>
<p class="faint">${escapeMarkup(`${baseline.label} → ${candidate.label}`)}</p>
${assessment.simulated ? `<p class="note">${escapeMarkup(simulationWarning)}</p>` : ''}
${list(reasons)}
<h2>Networks</h2>
${table(
  modelColumns.map(([, column]) => column),
  modelRows(assessment).map((row) => modelColumns.map(([key]) => row[key])),
)}
<p class="faint">${escapeMarkup(`${markLegend}. Intervals at ${percent(policy.confidence)}, p-values corrected for all tests (Holm).`)}</p>
${shiftPlots(assessment)}
${attributionSection(assessment)}
${section('Improvements', of('improvement'))}
${verdict === 'accepted with marginal cases' ? '' : section('Marginal', of('marginal'))}
${section('Noted', of('note'))}
<h2>What these data can show</h2>
${list([noise.message, ...canaryLine(assessment), ...power])}
${assessment.models.map(modelSection).join('\n')}
${section(
  'Not compared',
  assessment.unpaired.map(({ name, reason }) => `${name}: ${reason}`),
)}
<h2>Stacks</h2>
${table(
  ['', 'baseline', 'candidate'],
  [
    ['SDK', baseline.label, candidate.label],
    ['boards', baseline.boards.join(', '), candidate.boards.join(', ')],
    ['versions', baseline.versions.join('; '), candidate.versions.join('; ')],
    ['runs', baseline.runs.join(', '), candidate.runs.join(', ')],
  ],
)}
<details><summary>Policy</summary><pre>${escapeMarkup(JSON.stringify(policy, undefined, 2))}</pre></details>
</main>
</body>
</html>
`;
}

const plotTitles: Readonly<Record<ShiftKind, string>> = {
  scale: 'Change of the logits’ scale',
  offset: 'Change of the class that moved most surely, nats',
  error: 'Growth of the mean error, nats',
};

function shiftPlots(assessment: Assessment): string {
  const rows = shiftRows(assessment);
  return (['scale', 'offset', 'error'] as const)
    .map((kind) => {
      const own = rows.filter(({ what }) => what === kind);
      if (own.length === 0) return '';
      const value = valueFormat(kind);
      // Ticks of shares are easier read as percent.
      const unit = kind === 'scale' ? 100 : 1;
      return intervalPlot(
        `${plotTitles[kind]}${kind === 'scale' ? ', %' : ''}`,
        own.map(({ network, judgement: { estimate, margin, finding } }) => ({
          label: network,
          value: estimate.value * unit,
          low: estimate.low * unit,
          high: estimate.high * unit,
          margin: margin * unit,
          alarm: finding === 'shifted',
          told: `${value(estimate.value)} (${value(estimate.low)} to ${value(estimate.high)})`,
        })),
      );
    })
    .join('\n');
}

const effectTitles: Readonly<Record<GridResponse, string>> = {
  scale: 'What moved the logits’ scale, %',
  error: 'What moved the mean error, nats',
};

function attributionSection(assessment: Assessment): string {
  const lines = attributionLines(assessment);
  if (lines.length === 0) return '';
  const rows = effectRows(assessment);
  const plots = gridResponses.map((kind) => {
    const own = rows.filter(({ response }) => response === kind);
    const unit = kind === 'scale' ? 100 : 1;
    return own.length === 0
      ? ''
      : intervalPlot(
          effectTitles[kind],
          own.map(({ network, factor, value, low, high, significant, told }) => ({
            label: `${network}: ${factor}`,
            value: value * unit,
            low: low * unit,
            high: high * unit,
            margin: 0,
            alarm: significant,
            told,
          })),
        );
  });
  return `<h2>${escapeMarkup(attributionTitle)}</h2>
${list(lines)}
${plots.join('\n')}
${rows.length === 0 ? '' : table(effectColumns, rows.map(effectCells))}
${rows.length === 0 ? '' : table(cornerColumns, cornerRows(assessment))}`;
}

/** More cases than these make a plot that nobody reads; the table has all. */
const plottedCases = 40;

function modelSection(model: ModelAssessment): string {
  const { name, format, changes, verdict, modelChanged, findings } = model;
  const drifts = changes.flatMap(({ input, outputs }): DriftRow[] => {
    const error = outputs.find((output) => output.error)?.error;
    if (error === undefined) return [];
    const [before, after] = error;
    return [{ label: input, before, after, told: `${plain(before)} → ${plain(after)}` }];
  });
  const plotted = [...drifts]
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, plottedCases);
  const [all, some] = [drifts.length, plotted.length];
  return `<h2>${escapeMarkup(name)} <span class="${verdictTone[verdict]}">${escapeMarkup(verdict)}</span></h2>
<p class="faint">${escapeMarkup(`${format}, ${changes.length} cases on both stacks${modelChanged ? '; the model file differs too, so converter and runtime changed together' : ''}`)}</p>
${findings.length === 0 ? '' : list(findings.map(({ message }) => message))}
${all === 0 ? '' : driftPlot(`Softmax drift per case: ${name}`, `error on the scale of the logits (nats)${some < all ? `; the ${some} of ${all} that changed most` : ''}`, plotted)}
${
  all === 0
    ? ''
    : distributionPlot(
        `Errors of ${name}`,
        'nats',
        drifts.map(({ before }) => before),
        drifts.map(({ after }) => after),
      )
}
<details><summary>All cases</summary>
${table(
  ['case', 'tolerance used', 'error', 'top-1', 'trend'],
  changes.map((change) => {
    const { name: label, used, error, top1 } = caseCells(change);
    return [label, used, error, top1, change.trend];
  }),
)}
</details>`;
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `<h2>${title}</h2>\n${list(lines)}`;

const list = (lines: readonly string[]): string =>
  `<ul>\n${lines.map((line) => `<li>${escapeMarkup(line)}</li>`).join('\n')}\n</ul>`;

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="scroll"><table>\n<tr>${titles.map((title) => `<th>${escapeMarkup(title)}</th>`).join('')}</tr>\n${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('')}</tr>`)
    .join('\n')}\n</table></div>`;
