import type { CaseRecord, Stage } from '../../harness/store/record.ts';

/** A stage on the clock, in whole milliseconds since the epoch (Allure drops others from its timeline). */
export interface TimedStage {
  readonly stage: Stage;
  readonly start: number;
  readonly stop: number;
}

/**
 * Lays the measured durations of the stages out in time, as the pipeline works: the reference is computed while the
 * board connects, uploads and runs; both are over before the comparison. Waiting between stages is not recorded, so
 * that the durations are measured and the positions are derived.
 */
export function timelineOf({ startedAt, stagesMs }: CaseRecord['timings']): TimedStage[] {
  const placed: TimedStage[] = [];
  const place = (stage: Stage, start: number): number => {
    const duration = stagesMs[stage];
    if (duration === undefined) return start;
    placed.push({ stage, start: Math.round(start), stop: Math.round(start + duration) });
    return start + duration;
  };
  const prepared = place('prepare', Date.parse(startedAt));
  const onBoard = place('run', place('upload', place('connect', prepared)));
  const compared = place('compare', Math.max(onBoard, place('reference', prepared)));
  place('store', compared);
  return placed;
}
