import type { Tensor } from '../tensor/tensor.ts';
import { tensorSha256 } from '../tensor/content-hash.ts';
import type { InputFault } from './explanation.ts';
import { faultyInput, type RightInput } from './faulty-input.ts';

/** An input to compute the reference with. */
export interface InputPlan {
  readonly faults: readonly InputFault[];
  readonly description: string;
  readonly make: () => Tensor<'float32'>;
}

const words: Readonly<Record<InputFault, string>> = {
  'channels-swapped': 'red and blue exchanged',
  'signed-bytes': 'bytes read as signed',
  'interleaved-as-planes': 'interleaved pixels read as planes',
  'planes-as-interleaved': 'planes read as interleaved pixels',
  'mean-missing': 'mean not subtracted',
  'mean-twice': 'mean subtracted twice',
  'std-missing': 'std not divided by',
  'std-twice': 'std divided by twice',
  'mean-and-std-reversed': 'mean and std in reverse channel order',
  'other-mean-or-std': 'another mean or std',
  'range-0-to-1': 'pixels given in 0..1 instead of 0..255',
  'cast-to-bytes': 'normalised values cast to unsigned bytes',
  'size-in-elements': 'only the first part of the buffer taken (size in elements instead of bytes)',
  'other-element-type': 'another element type declared',
  'pass-through': 'passed through without the model file’s mean, std and reorder',
};

/** Faults in words: `bytes read as signed and red and blue exchanged`. */
export const describeFaults = (faults: readonly InputFault[]): string =>
  faults.length === 0 ? 'the right input' : faults.map((fault) => words[fault]).join('; and ');

/**
 * Every single wrong setting, then the likely pairs and the three that once came together; those that make no
 * difference for this network are left out.
 */
export function usualTrials(right: RightInput): InputPlan[] {
  const [, channels = 1] = right.pixels.shape;
  const colour = channels === 3;
  const hasMean = right.mean.some((value) => value !== 0);
  const hasStd = right.std.some((value) => value !== 1);
  const isList = new Set(right.mean).size > 1 || new Set(right.std).size > 1;
  const singles: readonly [InputFault, boolean][] = [
    ['channels-swapped', colour],
    ['signed-bytes', true],
    ['interleaved-as-planes', channels > 1],
    ['planes-as-interleaved', channels > 1],
    ['mean-missing', hasMean],
    ['mean-twice', hasMean],
    ['std-missing', hasStd],
    ['std-twice', hasStd],
    ['mean-and-std-reversed', isList],
    ['range-0-to-1', true],
    ['cast-to-bytes', hasMean || hasStd],
    ['size-in-elements', right.elementBytes > 1],
  ];
  const applies = new Set(singles.filter(([, holds]) => holds).map(([fault]) => fault));
  const sets: InputFault[][] = [
    ...[...applies].map((fault) => [fault]),
    ['mean-missing', 'std-missing'],
    ['mean-twice', 'std-twice'],
    ...[...applies]
      .filter((fault) => fault !== 'channels-swapped')
      .map((fault): InputFault[] => [fault, 'channels-swapped']),
    ['mean-missing', 'std-missing', 'channels-swapped'],
    ['mean-twice', 'std-twice', 'channels-swapped'],
    ['mean-missing', 'range-0-to-1'],
    ['signed-bytes', 'interleaved-as-planes'],
    ['signed-bytes', 'mean-missing'],
    ['signed-bytes', 'interleaved-as-planes', 'channels-swapped'],
  ];
  return sets
    .filter((faults) => faults.every((fault) => applies.has(fault)))
    .map((faults) => ({
      faults,
      description: describeFaults(faults),
      make: () => faultyInput(right, new Set(faults)),
    }));
}

/** The plans that give inputs of their own, in order; of equal inputs the first. @param known - Inputs that are none. */
export function distinct(plans: readonly InputPlan[], known: readonly Tensor<'float32'>[]): InputPlan[] {
  const seen = new Set(known.map(tensorSha256));
  return plans.filter(({ make }) => {
    const hash = tensorSha256(make());
    return !seen.has(hash) && seen.add(hash);
  });
}
