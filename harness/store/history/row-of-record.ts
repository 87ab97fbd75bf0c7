import type { Insertable } from 'kysely';
import type { Check, OutputComparison } from '../../compare/comparison.ts';
import { encodeNumber } from '../record-journal.ts';
import type { CaseRecord } from '../record.ts';
import type { RecordsTable } from './database.ts';

/** A record as a line of the table: the figures that are asked for by themselves, and the whole. */
export function rowOfRecord(record: CaseRecord): Insertable<RecordsTable> {
  const { target, timings } = record;
  const output = tightestOutput(record);
  const { metrics, ranking } = output ?? {};
  return {
    run_id: record.run,
    case_name: record.case.name,
    board: target.board,
    sdk: target.sdk,
    simulated: Number(target.simulated),
    format: target.format,
    started_at: timings.startedAt,
    verdict: record.verdict,
    class: record.class ?? null,
    marginal: Number(record.marginal),
    used: output ? figure(usedBy(output)) : null,
    max_abs_error: figure(metrics?.maxAbsError),
    cosine: figure(metrics?.cosine),
    kl: figure(metrics?.kl),
    margin_change: ranking ? figure(ranking.boardMargin - ranking.goldenMargin) : null,
    golden_margin: figure(ranking?.goldenMargin),
    top1_agrees: ranking ? Number(ranking.top1Agrees) : null,
    npu_time_us: figure(median(timings.npuTimeUs)),
    error_code: record.error?.code ?? null,
    golden_id: record.golden?.id ?? null,
    board_model_hash: record.hashes.boardModel ?? null,
    record: JSON.stringify(record, encodeNumber),
  };
}

/** The output that uses most of its tolerance: it decides the case. */
function tightestOutput({ comparison }: CaseRecord): OutputComparison | undefined {
  return comparison?.outputs.reduce<OutputComparison | undefined>(
    (worst, output) => (worst === undefined || usedBy(output) > usedBy(worst) ? output : worst),
    undefined,
  );
}

/** Largest share of a limit in use; a check that has no number has no room left. */
const usedBy = ({ checks }: { readonly checks: readonly Check[] }): number =>
  Math.max(0, ...checks.map(({ used }) => (Number.isNaN(used) ? Infinity : used)));

/** The engines do not treat NaN alike; the record itself has it. */
const figure = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
