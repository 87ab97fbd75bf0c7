import type { OutputKind } from '../compare/comparison.ts';
import { rowsOf } from '../compare/rows.ts';
import type { OutputEvidence } from './evidence/evidence.ts';
import { stepAt } from './evidence/stored-grid.ts';

/**
 * One row of an output on both stacks beside the golden, on the scale where a systematic shift is a straight line: logits,
 * which a softmax gives back up to a constant as its logarithms (nats); plain values in units of the golden's own RMS.
 * Classes are centred on their weighted mean in the row, since a softmax says nothing about a constant in the logits.
 */
export interface ScoreRow {
  /** Class of each element; undefined for plain values. */
  readonly classes: Int32Array | undefined;
  readonly golden: Float64Array;
  readonly baseline: Float64Array;
  readonly candidate: Float64Array;
  readonly weight: Float64Array;
  /** Variance that the grids of both stacks leave in candidate - baseline. */
  readonly gridVariance: Float64Array;
}

/**
 * What a layer's own rounding moves a logit by, roughly: elements whose grid is finer than this weigh alike, coarser ones
 * less (weight = 1 / (layerNoise^2 + grid variance)). Only the ratio matters, and it matters little.
 */
const layerNoise = 2 ** -8;

/** A probability of fewer steps than this is too coarse for a logarithm: at 8 steps half a step is 6 %. */
const fewestSteps = 8;

/** What an answer of 0 is taken for, in steps of the grid. */
const belowOneStep = 0.5;

/**
 * The rows of an output of one case on two stacks. The golden alone decides which classes take part and how much they
 * weigh: if the boards' answers did, their noise would choose.
 *
 * @returns No rows where the golden has nothing to hold on to.
 */
export function scoreRows(baseline: OutputEvidence, candidate: OutputEvidence): ScoreRow[] {
  const { kind, golden, shape } = baseline;
  const length = kind === 'values' ? golden.length : rowsOf(shape).length;
  const count = length === 0 ? 0 : golden.length / length;
  return Array.from({ length: count }, (_, row) =>
    scoreRow(baseline, candidate, row * length, length),
  ).filter((row) => row !== undefined);
}

function scoreRow(
  baseline: OutputEvidence,
  candidate: OutputEvidence,
  start: number,
  length: number,
): ScoreRow | undefined {
  const { kind, golden } = baseline;
  const unit = kind === 'values' ? rms(golden.subarray(start, start + length)) : 1;
  if (!(unit > 0 && Number.isFinite(unit))) return undefined;
  const chosen: number[] = [];
  const rest: number[] = [];
  for (let place = 0; place < length; place++) {
    const value = golden[start + place]!;
    const steps = [baseline, candidate].map(({ grid }) => scoreStep(kind, stepAt(grid, value), value, unit));
    const [before, after] = steps as [number, number];
    if (
      Number.isNaN(value) ||
      Math.max(before, after) > (kind === 'probabilities' ? 1 / fewestSteps : Infinity)
    )
      continue;
    chosen.push(place);
    rest.push((before ** 2 + after ** 2) / 12);
  }
  if (chosen.length < (kind === 'values' ? 1 : 2)) return undefined;

  const gridVariance = Float64Array.from(rest);
  const weight = gridVariance.map((variance) => 1 / (layerNoise ** 2 + variance));
  const scoresOf = (side: Pick<OutputEvidence, 'board' | 'grid'> | undefined) => {
    const scores = Float64Array.from(chosen, (place) => {
      const exact = golden[start + place]!;
      const value = side === undefined ? exact : side.board[start + place]!;
      if (kind !== 'probabilities') return value / unit;
      const least = side === undefined ? exact : belowOneStep * (stepAt(side.grid, 0) || Number.MIN_VALUE);
      return Math.log(Math.max(value, least));
    });
    return kind === 'values' ? scores : centred(scores, weight);
  };
  return {
    classes: kind === 'values' ? undefined : Int32Array.from(chosen),
    golden: scoresOf(undefined),
    baseline: scoresOf(baseline),
    candidate: scoresOf(candidate),
    weight,
    gridVariance,
  };
}

/** A step of the grid on the scale of the scores: d ln p = dp / p. */
const scoreStep = (kind: OutputKind, step: number, value: number, unit: number): number => {
  if (kind !== 'probabilities') return step / unit;
  return value > 0 ? step / value : Infinity;
};

function centred(scores: Float64Array, weight: Float64Array): Float64Array {
  let [sum, total] = [0, 0];
  for (const [i, score] of scores.entries()) {
    sum += weight[i]! * score;
    total += weight[i]!;
  }
  const centre = sum / total;
  return scores.map((score) => score - centre);
}

function rms(values: Iterable<number> & { readonly length: number }): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}
