import { NormalisationError } from './input-error.ts';

/** Mean and standard deviation of each channel, in the tensor's channel order. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** As declared: one number for all channels, or a list. */
interface DeclaredNormalisation {
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
}

/**
 * Spreads single numbers over all channels.
 *
 * @param section - Where the numbers stand in the spec, e.g. `preprocess`.
 * @throws {NormalisationError} If a list has another number of entries than there are channels.
 */
export function perChannel(
  { mean, std }: DeclaredNormalisation,
  channels: number,
  section: string,
): Normalisation {
  const spread = (value: number | readonly number[], field: string): readonly number[] => {
    if (typeof value === 'number') return Array.from({ length: channels }, () => value);
    if (value.length === channels) return value;
    throw new NormalisationError(
      `${section}.${field} has ${value.length} entries; expected ${channels}, one for each channel`,
      {
        hint: `Give ${section}.${field} as one number or as a list of ${channels}, in the tensor's channel order.`,
      },
    );
  };
  return { mean: spread(mean, 'mean'), std: spread(std, 'std') };
}

/** `(value - mean) / std` as NumPy computes it on float32 arrays: each operand and each result is a float32. */
export function normalise(value: number, mean: number, std: number): number {
  return Math.fround(Math.fround(Math.fround(value) - Math.fround(mean)) / Math.fround(std));
}
