import type { Insertable } from 'kysely';
import type { OutputComparison } from '../../compare/comparison.ts';
import { largestShareUsed } from '../../compare/share-used.ts';
import { median } from '../../median.ts';
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
    used: output ? figure(largestShareUsed(output)) : null,
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
    (worst, output) =>
      worst === undefined || largestShareUsed(output) > largestShareUsed(worst) ? output : worst,
    undefined,
  );
}

/** The engines do not treat NaN alike; the record itself has it. */
const figure = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;
