import type { LayerAnalysis, LayerRow } from '../../harness/layers/layer-analysis.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import type { StoredLayers } from '../../harness/store/layer-capture.ts';
import { escapeMarkup } from '../facts/escape-markup.ts';
import { formatCosine, formatNumber } from '../facts/number.ts';
import { targetLabel } from '../facts/target.ts';
import { layerPlots } from './layer-plots.ts';

// Whole and alone: no script, nothing from outside, colours after the reader's own choice of light and dark.
const style = `
:root{color-scheme:light dark;--page:#f6f8fa;--card:#fff;--ink:#1f2328;--faint:#656d76;--line:#d8dee4;--doubt:#9a6700;--bad:#c1272d}
@media (prefers-color-scheme:dark){:root{--page:#0d1117;--card:#1c2128;--ink:#e6edf3;--faint:#9198a1;--line:#3d444d;--doubt:#d4a72c;--bad:#ff8182}}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
main{max-width:980px;margin:0 auto;padding:24px 16px 64px}
h1{margin:0 0 4px;font-size:24px;overflow-wrap:anywhere}h2{margin:32px 0 8px;font-size:19px}
.faint{color:var(--faint)}.bad{color:var(--bad)}
.note{border-left:4px solid var(--doubt);background:var(--card);padding:8px 12px;margin:12px 0}
.scroll{overflow-x:auto}table{border-collapse:collapse;background:var(--card);width:100%;font-size:13px}
th,td{border:1px solid var(--line);padding:4px 8px;text-align:left;vertical-align:top}th{color:var(--faint);font-weight:600}
td.number{text-align:right;font-variant-numeric:tabular-nums}tr.suspect td{font-weight:600}
.plot svg{min-width:620px;max-width:100%;height:auto;display:block;margin:10px 0}`;

/** The layers of one case as a page that needs nothing else. */
export function layerPage(record: CaseRecord, layers: StoredLayers): string {
  const { analysis } = layers;
  const { explanation } = record;
  const title = `Layers of ${record.case.name}`;
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
<h1>${escapeMarkup(title)}</h1>
<p class="faint">${escapeMarkup(`${targetLabel(record.target)}, run ${record.run}`)}</p>
<p class="note">${escapeMarkup(analysis.note)}</p>
${record.target.simulated ? '<p class="note">Simulated: a virtual board computed this; no NPU was involved.</p>' : ''}
<p>${analysis.suspect ? `<strong class="bad">${escapeMarkup(analysis.suspect.sentence)}</strong>` : 'No layer that could be matched is wrong by itself.'}</p>
${explanation ? `<p><strong>Next:</strong> ${escapeMarkup(explanation.next.join('; '))}.</p>` : ''}
${layerPlots(layers)
  .map(({ svg }) => `<div class="scroll plot">${svg}</div>`)
  .join('\n')}
<h2>All layers</h2>
${layerTable(analysis)}
${unmapped(analysis)}
${analysis.remarks.map((remark) => `<p class="faint">${escapeMarkup(remark)}</p>`).join('\n')}
</main>
</body>
</html>
`;
}

const threeWayColumns = ['float → file', 'file → board'] as const;

const columns = [
  '',
  'layer',
  'operators',
  'alone',
  'format alone',
  'times allowed',
  'with all before',
  'cosine',
  'gain',
  'kind of wrong',
  'sure',
] as const;

function layerTable({ rows, suspect }: LayerAnalysis): string {
  const isThreeWay = rows.some(({ converted }) => converted);
  const titles = isThreeWay ? [...columns, ...threeWayColumns] : columns;
  const head = titles.map((column) => `<th>${column}</th>`).join('');
  const body = rows.map((row) => {
    const cells = [...cellsOf(row), ...(isThreeWay ? threeWayCells(row) : [])].map((cell) =>
      typeof cell === 'number'
        ? `<td class="number">${escapeMarkup(formatNumber(cell, 3))}</td>`
        : `<td>${escapeMarkup(cell)}</td>`,
    );
    return `<tr${row.index === suspect?.row ? ' class="suspect"' : ''}>${cells.join('')}</tr>`;
  });
  const note = isThreeWay ? threeWayNote : '';
  return `${note}<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

const cellsOf = (row: LayerRow): (string | number)[] => [
  row.index + 1,
  row.value,
  row.nodes.map(({ opType }) => opType).join(' '),
  row.isolated.relative,
  row.expected ? row.expected.isolated.relative : '',
  row.excess,
  row.cumulative.relative,
  formatCosine(row.cumulative.cosine),
  row.isolated.gain,
  row.wrong?.kind ?? '',
  row.confidence,
];

const threeWayNote =
  '<p class="faint">With all layers before: float → file is what the conversion did (the model file computed by a model of the NPU), file → board what the board did.</p>\n';

const threeWayCells = ({ converted }: LayerRow): (string | number)[] => [
  converted?.fromReference.relative ?? '',
  converted?.toBoard.relative ?? '',
];

function unmapped({ unmapped: { dumps, values } }: LayerAnalysis): string {
  if (dumps.length + values.length === 0) return '';
  const items = [
    ...dumps.map((dump) => `dump ${dump.dumps[0] ?? ''}: ${dump.reason}`),
    ...values.map(({ value, opType }) => `${value} (${opType}) of the reference: no dump fits`),
  ];
  return `<h2>Not matched</h2>\n<ul>${items.map((item) => `<li>${escapeMarkup(item)}</li>`).join('')}</ul>`;
}
