import { CalibrationError } from '../../../harness/reference/npu-format/conversion-error.ts';
import type { Calibration } from '../../../harness/reference/npu-format/convert-network.ts';
import type { ValueRange } from '../../../harness/reference/npu-format/choose-storage.ts';
import type { GraphInput } from '../../../harness/reference/npu-format/network-facts.ts';
import { bytesOf, elementsOf } from '../../../harness/tensor/dtype.ts';
import { halvesToFloats } from '../../../harness/tensor/half.ts';
import { toLayout } from '../../../harness/tensor/layout.ts';
import { formatShape, tensor, type NamedTensors, type Tensor } from '../../../harness/tensor/tensor.ts';
import type { DatasetItem, DatasetSample } from './dataset.ts';
import { channelsOf, type ChannelPreprocessing } from './input-channels.ts';

/**
 * Turns a dataset into feeds of the float network, one sample at a time: reorder, minus mean, divided by std, planes,
 * as the vendor's converter does with its calibration data.
 */
export function calibrationOf(
  inputs: readonly GraphInput[],
  preprocessing: readonly ChannelPreprocessing[],
  dataset: readonly DatasetSample[],
  origin: string,
): Calibration {
  return { samples: feeds, inputRanges: pictureRanges(inputs, preprocessing, dataset) };

  async function* feeds(): AsyncGenerator<NamedTensors> {
    for (const [run, sample] of dataset.entries()) {
      if (sample.length !== inputs.length) {
        throw new CalibrationError(
          origin,
          `run ${run + 1} of the dataset has ${sample.length} files, but the network has ${inputs.length} inputs`,
          'List one file for every input on each line, in the network’s order.',
        );
      }
      const named = new Map<string, Tensor>();
      for (const [i, item] of sample.entries()) {
        named.set(inputs[i]!.name, await loadItem(item, inputs[i]!, preprocessing[i]!, origin));
      }
      yield named;
    }
  }
}

/** Pictures may take every value of 0..255 at inference time, whatever the samples show. */
function pictureRanges(
  inputs: readonly GraphInput[],
  preprocessing: readonly ChannelPreprocessing[],
  dataset: readonly DatasetSample[],
): ReadonlyMap<string, ValueRange> {
  const ranges = new Map<string, ValueRange>();
  inputs.forEach(({ name }, i) => {
    if (!dataset.some((sample) => sample[i]?.kind === 'picture')) return;
    const { mean, std } = preprocessing[i]!;
    ranges.set(name, {
      min: Math.min(...mean.map((m, c) => (0 - m) / std[c]!)),
      max: Math.max(...mean.map((m, c) => (255 - m) / std[c]!)),
    });
  });
  return ranges;
}

async function loadItem(
  item: DatasetItem,
  input: GraphInput,
  preprocessing: ChannelPreprocessing,
  origin: string,
): Promise<Tensor> {
  switch (item.kind) {
    case 'tensor':
      return item.tensor;
    case 'picture':
      return loadPicture(item, input, preprocessing, origin);
    case 'array':
      return loadArray(item, input, preprocessing, origin);
  }
}

async function loadPicture(
  { path, load }: Extract<DatasetItem, { kind: 'picture' }>,
  { name, shape, dtype }: GraphInput,
  preprocessing: ChannelPreprocessing,
  origin: string,
): Promise<Tensor> {
  const [, channels, height, width] = shape;
  if (shape.length !== 4 || (channels !== 1 && channels !== 3) || dtype !== 'float32') {
    throw new CalibrationError(
      origin,
      `input ${name} is ${dtype} ${formatShape(shape)}, which takes no picture (${path})`,
      'Pictures calibrate float inputs of 1 or 3 planes; give .npy files for any other input.',
    );
  }
  const pixels = await load(path, { width: width!, height: height!, channels });
  const interleaved = tensor('float32', [1, height!, width!, channels], Float32Array.from(pixels));
  const planes = toLayout(interleaved, 'NHWC', 'NCHW').data;
  return tensor('float32', shape, normalise(planes, channels, preprocessing));
}

async function loadArray(
  { path, load }: Extract<DatasetItem, { kind: 'array' }>,
  { name, shape, dtype }: GraphInput,
  preprocessing: ChannelPreprocessing,
  origin: string,
): Promise<Tensor> {
  const array = await load(path);
  if (preprocessing.swapChannels) {
    throw new CalibrationError(
      origin,
      `${path} is an array, and reorder_channel "2 1 0" does not act on arrays`,
      'Calibrate with pictures, or give the arrays in the network’s channel order and reorder_channel "0 1 2".',
    );
  }
  if (dtype !== 'float32') return array;
  const [batch, channels, height, width] = shape;
  const nhwc = shape.length === 4 && sameShape(array.shape, [batch!, height!, width!, channels!]);
  if (!nhwc && !sameShape(array.shape, shape)) {
    const wanted =
      shape.length === 4 ? `${formatShape([batch!, height!, width!, channels!])} (NHWC)` : formatShape(shape);
    throw new CalibrationError(
      origin,
      `${path} is ${formatShape(array.shape)}, but input ${name} needs ${wanted}`,
      'Save the array in the size the network was exported for; 4-D arrays in NHWC order.',
    );
  }
  const values = tensor('float32', array.shape, toFloats(array));
  const planes = nhwc ? toLayout(values, 'NHWC', 'NCHW').data : values.data;
  return tensor('float32', shape, normalise(planes, channelsOf(shape), preprocessing));
}

/** Planes in, planes out; in float32 as the runtime computes. */
function normalise(
  planes: Float32Array,
  channels: number,
  { mean, std, swapChannels }: ChannelPreprocessing,
): Float32Array {
  const plane = planes.length / channels;
  return planes.map((_, flat) => {
    const channel = Math.floor(flat / plane) % channels;
    const source = swapChannels && channels === 3 ? flat + (2 - 2 * channel) * plane : flat;
    return Math.fround(planes[source]! - mean[channel]!) / std[channel]!;
  });
}

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis]);

const toFloats = ({ dtype, data }: Tensor): Float32Array =>
  dtype === 'float16'
    ? halvesToFloats(elementsOf('float16', bytesOf(data)))
    : new Float32Array(data.length).map((_, i) => Number(data[i]));
