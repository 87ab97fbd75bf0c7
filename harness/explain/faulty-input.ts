import { tensor, type Tensor } from '../tensor/tensor.ts';
import type { InputFault } from './explanation.ts';

/** The right input as pixel values, and what is done to them on the way to the network. */
export interface RightInput {
  /** 1 x C x H x W before mean and std; for inputs that are no pictures what mean and std were taken from. */
  readonly pixels: Tensor<'float32'>;
  /** For every channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Bytes of one element where the buffer is no bytes: a size in elements then covers a part only. */
  readonly elementBytes: number;
}

/**
 * The input that a network gets when single things go wrong on the way. The order is the way's own: scaled, cast, read
 * as declared, swapped, normalised.
 *
 * @returns In the shape of `right.pixels`.
 */
export function faultyInput(right: RightInput, faults: ReadonlySet<InputFault>): Tensor<'float32'> {
  const { pixels, mean, std } = right;
  const [batch = 1, channels = 1, height = 1, width = 1] = pixels.shape;
  const plane = height * width;
  let data: Float32Array = pixels.data;
  if (faults.has('range-0-to-1')) data = data.map((value) => value / 255);
  if (faults.has('cast-to-bytes')) {
    // Normalised on the host, then made bytes: what is negative is lost.
    data = data.map((value, i) => {
      const channel = Math.floor(i / plane) % channels;
      return Math.min(255, Math.max(0, Math.trunc((value - mean[channel]!) / std[channel]!)));
    });
  }
  if (faults.has('signed-bytes')) data = data.map((value) => (value >= 128 ? value - 256 : value));
  if (faults.has('interleaved-as-planes')) data = transposed(data, batch, channels, plane);
  if (faults.has('planes-as-interleaved')) data = transposed(data, batch, plane, channels);
  if (faults.has('size-in-elements'))
    data = data.map((value, i) => (i * right.elementBytes < data.length ? value : 0));
  if (faults.has('channels-swapped')) data = swapped(data, channels, plane);
  if (faults.has('cast-to-bytes')) return tensor('float32', pixels.shape, data);

  const reversed = faults.has('mean-and-std-reversed');
  const [means, stds] = reversed ? [mean.toReversed(), std.toReversed()] : [mean, std];
  const [meanTimes, stdTimes] = [times(faults, 'mean'), times(faults, 'std')];
  return tensor(
    'float32',
    pixels.shape,
    data.map((value, i) => {
      const channel = Math.floor(i / plane) % channels;
      const [m, s] = [means[channel]!, stds[channel]!];
      // The host normalises and the model file does it once more.
      if (meanTimes === 2 && stdTimes === 2) return ((value - m) / s - m) / s;
      return (value - meanTimes * m) / s ** stdTimes;
    }),
  );
}

function times(faults: ReadonlySet<InputFault>, what: 'mean' | 'std'): number {
  if (faults.has(`${what}-missing`)) return 0;
  return faults.has(`${what}-twice`) ? 2 : 1;
}

/** Each image's [columns][rows] as [rows][columns] of the same bytes: data in one order that is read as the other. */
function transposed(data: Float32Array, batch: number, rows: number, columns: number): Float32Array {
  const target = new Float32Array(data.length);
  const size = rows * columns;
  for (let n = 0; n < batch; n++) {
    for (let row = 0, read = n * size; row < rows; row++) {
      for (let column = 0; column < columns; column++, read++) {
        target[n * size + column * rows + row] = data[read]!;
      }
    }
  }
  return target;
}

function swapped(data: Float32Array, channels: number, plane: number): Float32Array {
  if (channels !== 3) return data;
  const target = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += plane) {
    const channel = (start / plane) % 3;
    const from = start + (2 - 2 * channel) * plane;
    target.set(data.subarray(from, from + plane), start);
  }
  return target;
}
