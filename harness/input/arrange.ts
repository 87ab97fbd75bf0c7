import { allocate, type DataOf, type DType } from '../tensor/dtype.ts';
import type { Layout } from '../tensor/layout.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { ChannelOrder } from './channels.ts';
import type { Pixels } from './pixels.ts';

const bgrChannels: Readonly<Record<ChannelOrder, readonly number[]>> = {
  bgr: [0, 1, 2],
  rgb: [2, 1, 0],
  grey: [0],
};

/**
 * Makes a batch of one from a picture, element by element through a table.
 *
 * @param pixels - One channel if `order` is grey, else three in BGR order.
 * @param tables - For each channel of the tensor, the element that each of the 256 pixel values becomes.
 * @returns 1 x C x H x W or 1 x H x W x C.
 */
export function arrange<D extends DType>(
  { width, height, channels, data }: Pixels,
  order: ChannelOrder,
  layout: Layout,
  dtype: D,
  tables: readonly DataOf[D][],
): Tensor<D> {
  const plane = width * height;
  const elements = allocate(dtype, plane * channels);
  const [channelStep, pixelStep] = layout === 'NCHW' ? [plane, 1] : [1, channels];
  bgrChannels[order].forEach((from, channel) => {
    const table = tables[channel] as DataOf[D];
    let write = channel * channelStep;
    for (let read = from; read < data.length; read += channels, write += pixelStep) {
      elements[write] = table[data[read]!] as never;
    }
  });
  const shape = layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
  return tensor(dtype, shape, elements);
}
