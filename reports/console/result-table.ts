import type { CaseRecord } from '../../harness/store/record.ts';
import { formatDuration, medianNpuMs } from '../facts/duration.ts';
import { formatCosine, formatNumber, formatShare } from '../facts/number.ts';
import { boardLabel, stackLabel } from '../facts/target.ts';
import { largestError, lowestCosine, worstErrorCheck } from '../facts/worst.ts';
import type { Colours } from './appearance.ts';
import { displayWidth, shortenMiddle } from './display-width.ts';
import { plainTable } from './plain-table.ts';
import { verdictWord } from './verdict-word.ts';

interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly cell: (record: CaseRecord, colours: Colours) => string;
}

const columns = {
  case: { title: 'case', cell: (record) => record.case.name },
  board: { title: 'board', cell: ({ target }) => boardLabel(target) },
  shortBoard: {
    title: 'board',
    cell: ({ target }) =>
      target.simulated ? `${shortenMiddle(target.board, 7)} (sim.)` : shortenMiddle(target.board, 14),
  },
  sdk: { title: 'SDK stack', cell: ({ target }) => stackLabel(target) },
  shortSdk: { title: 'SDK', cell: ({ target }) => target.sdk },
  format: { title: 'format', cell: ({ target }) => target.format },
  top1: { title: 'top-1', cell: describeTop1 },
  error: { title: 'worst |error| / limit', align: 'right', cell: describeError },
  shortError: { title: 'of limit', align: 'right', cell: describeErrorShare },
  cosine: { title: 'cosine', align: 'right', cell: describeCosine },
  verdict: { title: 'verdict', cell: verdictWord },
  total: { title: 'total', align: 'right', cell: ({ timings }) => formatDuration(timings.totalMs) },
  npu: {
    title: 'NPU',
    align: 'right',
    cell: ({ timings }) => formatDuration(medianNpuMs(timings.npuTimeUs) ?? NaN),
  },
} satisfies Record<string, Column>;

type Key = keyof typeof columns;

/** What gives way first, step by step, when the terminal is too narrow for all of it. */
const layouts: readonly (readonly Key[])[] = [
  ['case', 'board', 'sdk', 'format', 'top1', 'error', 'cosine', 'verdict', 'total', 'npu'],
  ['case', 'board', 'shortSdk', 'format', 'top1', 'error', 'cosine', 'verdict', 'total', 'npu'],
  ['case', 'board', 'shortSdk', 'format', 'top1', 'error', 'verdict', 'total', 'npu'],
  ['case', 'board', 'shortSdk', 'top1', 'error', 'verdict', 'total'],
  ['case', 'board', 'shortSdk', 'format', 'top1', 'shortError', 'verdict', 'total'],
  ['case', 'board', 'shortSdk', 'top1', 'shortError', 'verdict', 'total'],
  ['case', 'shortBoard', 'shortSdk', 'shortError', 'verdict', 'total'],
  ['case', 'shortBoard', 'shortError', 'verdict'],
];

const gap = 2;
const narrowestCase = 16;

/** The table of results: a line for each case, sorted by name, no wider than `width`. */
export function resultTable(records: readonly CaseRecord[], width: number, colours: Colours): string[] {
  const sorted = [...records].sort(byName);
  const caseWidth = Math.max(
    ...sorted.map((record) => displayWidth(record.case.name)),
    columns.case.title.length,
  );
  // A long name gives way before a column does, down to two fifths of the line.
  const wantedCase = Math.min(caseWidth, Math.max(24, Math.floor(width * 0.4)));
  const fits = (keys: readonly Key[]): boolean => widthBeside(keys, sorted, colours) + wantedCase <= width;
  const keys = layouts.find(fits) ?? layouts.at(-1) ?? [];
  const room = Math.max(narrowestCase, width - widthBeside(keys, sorted, colours));
  const rows = sorted.map((record) =>
    keys.map((key) =>
      key === 'case' ? shortenMiddle(record.case.name, room) : columns[key].cell(record, colours),
    ),
  );
  const [head = '', ...lines] = plainTable(keys.map(columnOf), rows);
  return [colours.dim(head), ...lines];
}

const columnOf = (key: Key): Column => columns[key];

/** Cells that all columns but the name take, gaps included. */
function widthBeside(keys: readonly Key[], records: readonly CaseRecord[], colours: Colours): number {
  return keys
    .filter((key) => key !== 'case')
    .map(columnOf)
    .map(
      ({ title, cell }) =>
        gap + Math.max(title.length, ...records.map((record) => displayWidth(cell(record, colours)))),
    )
    .reduce((sum, next) => sum + next, 0);
}

const natural = new Intl.Collator('en', { numeric: true });

export const byName = (a: CaseRecord, b: CaseRecord): number =>
  natural.compare(a.case.name, b.case.name) ||
  natural.compare(a.target.sdk, b.target.sdk) ||
  natural.compare(a.target.board, b.target.board);

function describeTop1({ top1, classNames }: CaseRecord): string {
  if (!top1) return '-';
  const [golden, board] = [top1.golden.index, top1.board.index].map(
    (index) => classNames?.[index] ?? `${index}`,
  );
  return golden === board ? `${golden}` : `${golden} → ${board}`;
}

function describeError({ comparison }: CaseRecord): string {
  if (!comparison) return '-';
  const worst = worstErrorCheck(comparison);
  if (worst) {
    const { value, limit, used } = worst.check;
    return `${formatNumber(value)} / ${formatNumber(limit)} ${formatShare(used).padStart(5)}`;
  }
  const error = largestError(comparison);
  return error === undefined ? '-' : `${formatNumber(error)}, no limit`;
}

function describeErrorShare({ comparison }: CaseRecord): string {
  const worst = comparison && worstErrorCheck(comparison);
  return worst ? formatShare(worst.check.used) : '-';
}

function describeCosine({ comparison }: CaseRecord): string {
  const cosine = comparison && lowestCosine(comparison);
  return cosine === undefined ? '-' : formatCosine(cosine);
}
