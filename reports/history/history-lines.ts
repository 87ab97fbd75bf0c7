import type { HistoryPoint } from '../../harness/store/history/record-store.ts';
import type { Colours } from '../console/appearance.ts';
import { plainTable } from '../console/plain-table.ts';
import { formatNumber, formatShare } from '../facts/number.ts';
import { sparkline, type SparkValue } from './sparkline.ts';

/** Points that a line of a terminal has room for. */
const newest = 30;

/**
 * Series over time as a table: a line for each case, SDK and board, with the share of the tolerance in use as a
 * sparkline, and what it began and ended with.
 */
export function historyLines(points: readonly HistoryPoint[], colours: Colours): string[] {
  const series = seriesOf(points);
  const rows = series.map((own) => {
    const last = own.at(-1)!;
    const measured = own.filter(({ used }) => used !== undefined);
    const [from, to] = [measured[0], measured.at(-1)];
    return [
      last.case,
      last.simulated ? `${last.board} (sim.)` : last.board,
      last.sdk,
      last.format,
      sparkline(own.slice(-newest).map(sparkValue)),
      fromTo(from?.used, to?.used, formatShare),
      fromTo(from?.maxAbsError, to?.maxAbsError, (value) => formatNumber(value, 3)),
      fromTo(from?.npuTimeUs, to?.npuTimeUs, (value) => `${formatNumber(value / 1000, 3)} ms`),
      verdicts(own, colours),
    ];
  });
  const [head = '', ...lines] = plainTable(
    ['case', 'board', 'SDK', 'format', 'of tolerance', 'first → last', 'worst |error|', 'NPU', 'runs'].map(
      (title) => ({
        title,
      }),
    ),
    rows,
  );
  return [colours.dim(head), ...lines];
}

/** One list for each case, SDK and board, in the order of their first appearance. */
function seriesOf(points: readonly HistoryPoint[]): HistoryPoint[][] {
  const series = new Map<string, HistoryPoint[]>();
  for (const point of points) {
    const key = JSON.stringify([point.case, point.simulated, point.sdk, point.board]);
    const own = series.get(key);
    if (own) own.push(point);
    else series.set(key, [point]);
  }
  return [...series.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, own]) => own);
}

function sparkValue({ verdict, used }: HistoryPoint): SparkValue {
  if (verdict === 'failed') return 'failed';
  return verdict === 'passed' && used !== undefined ? used : 'broken';
}

function fromTo(from: number | undefined, to: number | undefined, format: (value: number) => string): string {
  if (from === undefined || to === undefined) return '-';
  const [first, last] = [format(from), format(to)];
  return first === last ? first : `${first} → ${last}`;
}

function verdicts(points: readonly HistoryPoint[], colours: Colours): string {
  const count = (wanted: HistoryPoint['verdict']) =>
    points.filter(({ verdict }) => verdict === wanted).length;
  const failed = count('failed');
  const broken = count('broken') + count('unknown');
  const parts = [
    `${points.length}`,
    ...(failed > 0 ? [colours.red(`${failed} failed`)] : []),
    ...(broken > 0 ? [colours.magenta(`${broken} broken`)] : []),
  ];
  return parts.join(', ');
}
