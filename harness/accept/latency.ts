import type { CaseChange } from './case-change.ts';
import { hodgesLehmann, type MedianInterval } from './statistics/signed-rank.ts';

/** How the NPU time of a network changed, as a factor: 1.1 is a tenth slower. */
export interface LatencyChange {
  readonly factor: number;
  readonly low: number;
  readonly high: number;
  /** What the interval really covers. */
  readonly confidence: number;
  readonly inputs: number;
}

const mostInputs = 500;

/**
 * The typical factor between paired times. Times have outliers on one side only, so it is a median of ratios and not a
 * mean of times; each case counts with the median of its repeats.
 */
export function latencyChange(changes: readonly CaseChange[], confidence: number): LatencyChange | undefined {
  const ratios = changes.flatMap(({ latencyRatio }) =>
    latencyRatio !== undefined && latencyRatio > 0 ? [Math.log(latencyRatio)] : [],
  );
  if (ratios.length < 2) return undefined;
  const every = Math.ceil(ratios.length / mostInputs);
  const {
    value,
    low,
    high,
    confidence: covered,
  }: MedianInterval = hodgesLehmann(
    ratios.filter((_, i) => i % every === 0),
    confidence,
  );
  return {
    factor: Math.exp(value),
    low: Math.exp(low),
    high: Math.exp(high),
    confidence: covered,
    inputs: ratios.length,
  };
}
