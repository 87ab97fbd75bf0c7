import type { RknnTrailer } from './trailer.ts';

/** What the runtime does to one input's values, out of the model file; nothing of it can be changed at run time. */
export interface RuntimePreprocessing {
  /** For every channel that has one, counted after the reorder; float32 values. */
  readonly mean: readonly number[];
  /** As mean. */
  readonly std: readonly number[];
  /** Means that the file holds for this input; the runtime refuses 0 and more than 128. */
  readonly meanCount: number;
  readonly reorder: readonly number[];
}

/** Reads the preprocessing of every input, in both forms that files have. */
export function runtimePreprocessing(trailer: RknnTrailer): RuntimePreprocessing[] {
  const { mean_value: means = [], mean_value_chns: counts = [], std_value: stds, reorder = [] } = trailer;
  let start = 0;
  return counts.map((meanCount, i) => {
    const values = means.slice(start, start + meanCount).map(Math.fround);
    const divisors = stds?.slice(start, start + meanCount).map(Math.fround);
    start += meanCount;
    return { ...normalisation(values, divisors), meanCount, reorder: reorder.slice(3 * i, 3 * i + 3) };
  });
}

function normalisation(
  values: readonly number[],
  stds: readonly number[] | undefined,
): Pick<RuntimePreprocessing, 'mean' | 'std'> {
  // A single -1 stands for "no normalisation".
  if (values.length === 1 && values[0] === -1) return { mean: [], std: [] };
  if (stds) return { mean: values, std: stds };
  // Before toolkit 1.4.0 the last value is one divisor for all channels.
  const divisor = values.at(-1) ?? 1;
  const mean = values.slice(0, -1);
  return { mean, std: mean.map(() => divisor) };
}
