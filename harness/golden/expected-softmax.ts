import type { Cancellable } from '../cancellable.ts';
import { HilError } from '../hil-error.ts';
import { formatShape, type NamedTensors } from '../tensor/tensor.ts';
import { explainDisagreement, type PreprocessingTrial } from './explain-disagreement.ts';
import { formatNumber, formatProbabilities, worstDifference } from './probabilities.ts';
import { realValues } from './real-values.ts';

/** The probabilities that a spec's author expects for one input. */
export interface SoftmaxExpectation {
  readonly values: readonly number[];
  /** Output that holds them; the only one if absent. */
  readonly output?: string | undefined;
  /** How far the reference may be from them, absolute. */
  readonly atol: number;
}

/** Where an expectation stands, for messages. */
export interface ExpectationPlace {
  /** Relative to the project. */
  readonly specFile: string;
  /** Name of the input. */
  readonly input: string;
}

/** What the spec expects is no softmax of this network. */
export class ExpectedSoftmaxError extends HilError {
  readonly code = 'HIL_EXPECT_SOFTMAX';
  readonly owner = 'spec';

  constructor({ specFile, input }: ExpectationPlace, problem: string, hint: string) {
    super(`${specFile}: expect.softmax of ${input} ${problem}`, { hint });
  }
}

/** The reference engine computes something else than the author expects: the board is not to blame. */
export class ReferenceDisagreesError extends HilError {
  readonly code = 'HIL_REFERENCE_DISAGREES';
  readonly owner = 'spec';

  constructor({ specFile, input }: ExpectationPlace, problem: string, hint: string) {
    super(
      `${specFile}: for ${input} ${problem}; so the spec, its preprocessing or the model is wrong, not the board`,
      { hint },
    );
  }
}

/** A softmax in float16 may sum to a little more or less than 1: published ones sum to 1.000153. */
const sumTolerance = 1e-3;

/**
 * Holds what a spec's author expects against the golden, before any board is asked.
 *
 * @param trial - If given, usual mistakes of the preprocessing are tried, and one that explains the disagreement is named.
 * @throws {ExpectedSoftmaxError} If the expectation is no softmax, or not one of this network.
 * @throws {ReferenceDisagreesError} If the reference is further off than `atol`.
 */
export async function checkExpectedSoftmax(
  place: ExpectationPlace,
  expectation: SoftmaxExpectation,
  golden: NamedTensors,
  { trial, signal }: Cancellable & { readonly trial?: PreprocessingTrial | undefined } = {},
): Promise<void> {
  refuseNoSoftmax(place, expectation.values);
  const output = chooseOutput(place, expectation, golden);
  const found = realValues(golden.get(output)!);
  refuseOtherCount(place, expectation.values, output, golden);

  const worst = worstDifference(expectation.values, found);
  if (worst.difference <= expectation.atol) return;
  throw new ReferenceDisagreesError(
    place,
    `the reference engine gives ${formatProbabilities(found)} where the spec expects ${formatProbabilities(expectation.values)} ` +
      `(output ${output}: class ${worst.index} is off by ${formatNumber(worst.difference)}, atol ${expectation.atol})`,
    noSoftmaxHint(found) ?? (await explainDisagreement(expectation, output, trial, signal)),
  );
}

function refuseNoSoftmax(place: ExpectationPlace, values: readonly number[]): void {
  const outside = values.findIndex((value) => !(value >= 0 && value <= 1));
  if (outside >= 0) {
    throw new ExpectedSoftmaxError(
      place,
      `has ${values[outside]} for class ${outside}, which is no probability`,
      'Give the values after the softmax, between 0 and 1; not scores, not percent.',
    );
  }
  const sum = sumOf(values);
  if (!(Math.abs(sum - 1) <= sumTolerance)) {
    throw new ExpectedSoftmaxError(
      place,
      `sums to ${formatNumber(sum)}, expected 1 within ${sumTolerance}`,
      'Give the probability of every class, with all digits there are.',
    );
  }
}

function chooseOutput(place: ExpectationPlace, { output }: SoftmaxExpectation, golden: NamedTensors): string {
  const names = [...golden.keys()];
  if (output === undefined && names.length === 1) return names[0]!;
  if (output !== undefined && golden.has(output)) return output;
  const problem =
    output === undefined
      ? `does not say which of ${names.length} outputs it means`
      : `is for output ${output}, which the network has not`;
  throw new ExpectedSoftmaxError(
    place,
    `${problem}; its outputs are: ${names.join(', ')}`,
    'Name one of them under expect.output.',
  );
}

function refuseOtherCount(
  place: ExpectationPlace,
  values: readonly number[],
  output: string,
  golden: NamedTensors,
): void {
  const { data, shape } = golden.get(output)!;
  if (data.length === values.length) return;
  throw new ExpectedSoftmaxError(
    place,
    `has ${values.length} classes, output ${output} (${formatShape(shape)}) has ${data.length}`,
    Math.abs(data.length - values.length) === 1
      ? 'One of the two may count a background class: give the probabilities of the network’s own classes.'
      : 'Give one probability for each class of the network, for one picture.',
  );
}

function noSoftmaxHint(found: ArrayLike<number>): string | undefined {
  const sum = sumOf(Array.from(found));
  if (Math.abs(sum - 1) <= sumTolerance) return undefined;
  return `The reference’s own output sums to ${formatNumber(sum)}, so it is no softmax: name the right output under expect.output, or end the network in a Softmax.`;
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
