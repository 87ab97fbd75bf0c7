import type { RunLine } from '../../harness/store/history/record-store.ts';
import type { Colours } from '../console/appearance.ts';
import { plainTable } from '../console/plain-table.ts';
import { formatDuration } from '../facts/duration.ts';

/** Runs as a table, in the order given. */
export function runLines(runs: readonly RunLine[], colours: Colours): string[] {
  const rows = runs.map((run) => [
    run.id,
    durationOf(run),
    countsOf(run, colours),
    run.sdks.join(', ') || '-',
    `${run.boards.join(', ') || '-'}${run.simulated ? ' (simulated)' : ''}`,
    `${run.gitCommit?.slice(0, 8) ?? '-'}${run.gitDirty ? '+' : ''}`,
    run.command,
  ]);
  const [head = '', ...lines] = plainTable(
    ['run', 'took', 'cases', 'SDK', 'boards', 'commit', 'command'].map((title) => ({ title })),
    rows,
  );
  return [colours.dim(head), ...lines];
}

function durationOf({ startedAt, endedAt, interrupted }: RunLine): string {
  if (endedAt === undefined) return 'no end';
  const took = formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
  return interrupted ? `${took}, interrupted` : took;
}

function countsOf({ counts, marginal }: RunLine, colours: Colours): string {
  const parts = [
    `${counts.passed} passed${marginal > 0 ? ` (${marginal} marginal)` : ''}`,
    ...(counts.failed > 0 ? [colours.red(`${counts.failed} failed`)] : []),
    ...(counts.broken > 0 ? [colours.magenta(`${counts.broken} broken`)] : []),
    ...(counts.skipped > 0 ? [`${counts.skipped} skipped`] : []),
    ...(counts.unknown > 0 ? [colours.magenta(`${counts.unknown} unknown`)] : []),
  ];
  return parts.join(', ');
}
