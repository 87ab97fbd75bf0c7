import type { CaseRecord, Stage } from '../../harness/store/record.ts';

/** A stage on the clock, in whole milliseconds since the epoch (Allure drops others from its timeline). */
export interface TimedStage {
  readonly stage: Stage;
  readonly start: number;
  readonly stop: number;
}

/**
 * Start of the attempt that gave the verdict: the record's clock starts with the first attempt, and measures them all.
 */
export function lastAttemptStart({ attempts, timings }: CaseRecord): number {
  const before = attempts.reduce((sum, { ms }) => sum + ms, 0);
  return Math.round(Date.parse(timings.startedAt) + Math.min(before, timings.totalMs));
}

/**
 * Lays the measured durations of the stages out in time, as the pipeline works: the reference is computed while the
 * board connects, uploads and runs; both are over before the comparison. The durations are measured (summed over the
 * attempts, where there were several); the positions are derived, and waiting between stages is not recorded.
 */
export function timelineOf({ stagesMs }: CaseRecord['timings'], startedAt: number): TimedStage[] {
  const placed: TimedStage[] = [];
  const place = (stage: Stage, start: number): number => {
    const duration = stagesMs[stage];
    if (duration === undefined) return start;
    placed.push({ stage, start: Math.round(start), stop: Math.round(start + duration) });
    return start + duration;
  };
  const prepared = place('prepare', startedAt);
  const onBoard = place('run', place('upload', place('connect', prepared)));
  const compared = place('compare', Math.max(onBoard, place('reference', prepared)));
  place('explain', place('store', compared));
  return placed;
}
