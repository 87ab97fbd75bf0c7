import { ModelConversionError } from '../../../harness/reference/npu-format/conversion-error.ts';
import type { GraphInput } from '../../../harness/reference/npu-format/network-facts.ts';
import type { InputPreprocessing } from './converter-config.ts';

/** What a network was written in. */
export type Framework = 'onnx' | 'caffe';

/** The preprocessing of one input with every channel's numbers spelled out. */
export interface ChannelPreprocessing {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly swapChannels: boolean;
}

/** The runtime takes mean and std of so many channels; more count as 0 and 1. */
export const maxMeanChannels = 128;

/** Channels that mean and std are for: planes of a 4-D input, the whole of any other. */
export const channelsOf = (shape: readonly number[]): number => (shape.length === 4 ? shape[1]! : 1);

/**
 * Fits the config's preprocessing to the network's inputs; mean 0 and std 1 where the config has none. Without a
 * reorder, three channels change places if the network is Caffe's, and only then, as with the vendor's converter.
 *
 * @throws {ModelConversionError} If the numbers of inputs or channels differ.
 */
export function channelPreprocessing(
  inputs: readonly GraphInput[],
  declared: readonly InputPreprocessing[],
  framework: Framework,
  origin: string,
): ChannelPreprocessing[] {
  if (declared.length > 0 && declared.length !== inputs.length) {
    throw new ModelConversionError(
      origin,
      `mean_values, std_values or reorder_channel are for ${declared.length} inputs, but the network has ${inputs.length}: ${inputs.map(({ name }) => name).join(', ')}`,
      { hint: 'Give one list for every input of the network.' },
    );
  }
  return inputs.map(({ name, shape }, i) => {
    const channels = channelsOf(shape);
    const { mean, std, swapChannels = framework === 'caffe' && channels === 3 } = declared[i] ?? {};
    for (const [key, list] of [
      ['mean_values', mean],
      ['std_values', std],
    ] as const) {
      if (list !== undefined && list.length !== channels) {
        throw new ModelConversionError(
          origin,
          `${key}[${i}] has ${list.length} entries, but input ${name} (${shape.join('x')}) has ${channels} channels`,
          { hint: 'Give one number for every channel; networks from ONNX have planes (NCHW).' },
        );
      }
    }
    if (channels > maxMeanChannels && (mean !== undefined || std !== undefined)) {
      throw new ModelConversionError(
        origin,
        `input ${name} has ${channels} channels, mean and std are applied to ${maxMeanChannels} at most`,
        { hint: 'Leave mean and std out and normalise on the host.' },
      );
    }
    const constant = (value: number) => Array.from({ length: channels }, () => value);
    return { mean: mean ?? constant(0), std: std ?? constant(1), swapChannels };
  });
}
