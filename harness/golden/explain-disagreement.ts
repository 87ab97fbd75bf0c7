import type { Cancellable } from '../cancellable.ts';
import { HilError } from '../hil-error.ts';
import type { Preprocess } from '../spec/schema.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import { usualMistakes } from './preprocessing-mistakes.ts';
import { formatProbabilities, worstDifference } from './probabilities.ts';
import { realValues } from './real-values.ts';

/** Means to find out which mistake of the preprocessing explains a disagreement. */
export interface PreprocessingTrial {
  readonly declared: Preprocess;
  /** The reference's outputs for the same input file, prepared in another way. */
  readonly outputsWith: (preprocess: Preprocess, options: Cancellable) => Promise<NamedTensors>;
}

/**
 * Looks for a usual mistake of the preprocessing that explains why a reference disagrees with what is expected.
 *
 * @param expectation - The probabilities, and how far the reference may be from them, absolute.
 * @returns What the author should do next.
 */
export async function explainDisagreement(
  expectation: { readonly values: readonly number[]; readonly atol: number },
  output: string,
  trial: PreprocessingTrial | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const check = 'Check preprocess (channelOrder, mean, std), the model file, and the expected values.';
  if (trial === undefined) return check;
  const { values, atol } = expectation;
  const explanations: { readonly description: string; readonly found: ArrayLike<number> }[] = [];
  for (const { description, preprocess } of usualMistakes(trial.declared)) {
    signal?.throwIfAborted();
    const found = await outputOrNothing(trial, preprocess, output, signal);
    if (found?.length !== values.length || worstDifference(values, found).difference > atol) continue;
    explanations.push({ description, found });
  }
  const [first] = explanations;
  if (first === undefined) {
    return `${check} No single usual mistake of preprocessing (channels swapped, mean or std left out or applied twice, another scale, another interpolation) explains it.`;
  }
  const descriptions = explanations.map(({ description }) => description).join(', or with ');
  return `With ${descriptions} the reference gives ${formatProbabilities(first.found)}, as expected: correct \`preprocess\` in the spec.`;
}

/** A variant that the network cannot take explains nothing. */
async function outputOrNothing(
  { outputsWith }: PreprocessingTrial,
  preprocess: Preprocess,
  output: string,
  signal: AbortSignal | undefined,
): Promise<ArrayLike<number> | undefined> {
  try {
    const tensor = (await outputsWith(preprocess, { signal })).get(output);
    return tensor && realValues(tensor);
  } catch (error) {
    if (error instanceof HilError && error.owner === 'spec') return undefined;
    throw error;
  }
}

