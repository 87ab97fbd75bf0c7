import type { CaseDiff, Moved, RunDiff } from '../../harness/store/history/diff-runs.ts';
import type { Colours } from '../console/appearance.ts';
import { plainTable } from '../console/plain-table.ts';
import { verdictWord } from '../console/verdict-word.ts';
import { formatCosine, formatNumber, formatShare } from '../facts/number.ts';

const order: readonly CaseDiff['change'][] = ['worse', 'better', 'verdict', 'moved', 'same'];

/** Two runs side by side: what moved, most important first; then what changed around the networks. */
export function diffLines(
  { cases, gone, added }: RunDiff,
  colours: Colours,
  { all = false }: { readonly all?: boolean } = {},
): string[] {
  const shown = cases
    .filter(({ change }) => all || change !== 'same')
    .sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change) || growth(b) - growth(a));
  const matrix = new Set(cases.map(({ after }) => after.target.sdk)).size > 1;
  const same = cases.filter(({ change }) => change === 'same').length;
  const count = (change: CaseDiff['change']) => cases.filter((diff) => diff.change === change).length;
  return [
    ...(shown.length > 0 ? caseTable(shown, matrix, colours) : []),
    ...(shown.length > 0 ? [''] : []),
    `${cases.length} cases in both runs: ${count('worse')} worse, ${count('better')} better, ` +
      `${count('moved') + count('verdict')} moved, ${same} with the same bits in error and top class.`,
    ...list('Only in the first run', gone),
    ...list('Only in the second run', added),
    ...surroundings(cases),
  ];
}

/** @param matrix - Whether a case is there on several SDKs, so that its name alone does not tell which one is meant. */
function caseTable(diffs: readonly CaseDiff[], matrix: boolean, colours: Colours): string[] {
  const rows = diffs.flatMap(({ name: caseName, before, after, outputs }) => {
    const name = matrix ? `${caseName} (SDK ${after.target.sdk})` : caseName;
    const verdicts =
      before.verdict === after.verdict
        ? verdictWord(after, colours)
        : `${verdictWord(before, colours)} → ${verdictWord(after, colours)}`;
    if (outputs.length === 0) return [[name, verdicts, after.reason ?? '-']];
    return outputs.map((output, index) => [
      index === 0 ? name : '',
      index === 0 ? verdicts : '',
      output.name,
      moved(output.used, formatShare),
      moved(output.maxAbsError, (value) => formatNumber(value, 3)),
      moved(output.cosine, formatCosine),
      output.margin ? moved(output.margin, (value) => formatNumber(value, 3)) : '-',
      output.top1Changed ? colours.red('changed') : 'same',
    ]);
  });
  const [head = '', ...lines] = plainTable(
    ['case', 'verdict', 'output', 'of tolerance', 'worst |error|', 'cosine', 'margin', 'top-1'].map(
      (title) => ({ title }),
    ),
    rows,
  );
  return [colours.dim(head), ...lines];
}

function moved({ before, after }: Moved, format: (value: number) => string): string {
  const [old, now] = [format(before), format(after)];
  return old === now ? now : `${old} → ${now}`;
}

const growth = ({ outputs }: CaseDiff) =>
  Math.max(-Infinity, ...outputs.map(({ used }) => used.after - used.before));

const list = (title: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : ['', `${title}: ${names.length}`, ...names.map((name) => `  ${name}`)];

/** What changed around the cases, each change once, with the number of cases that it concerns. */
function surroundings(cases: readonly CaseDiff[]): string[] {
  const counts = new Map<string, number>();
  for (const diff of cases) {
    for (const change of diff.surroundings) counts.set(change, (counts.get(change) ?? 0) + 1);
  }
  if (counts.size === 0)
    return ['', 'Nothing else differs: same SDK stack, models, inputs, preprocessing and goldens.'];
  const lines = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([change, count]) => `  ${change}  (${count} ${count === 1 ? 'case' : 'cases'})`);
  const most = 40;
  return [
    '',
    'What changed around the networks',
    ...lines.slice(0, most),
    ...(lines.length > most ? [`  and ${lines.length - most} more; --json has all`] : []),
  ];
}
