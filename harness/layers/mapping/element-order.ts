import { elementCount, tensor, type Tensor } from '../../tensor/tensor.ts';
import type { DumpedLayer } from '../dump/dumped-layer.ts';
import type { DumpLayout } from '../layer-analysis.ts';

/** A way in which a dump may hold the elements of a value. */
export interface ElementOrder {
  readonly order: DumpLayout['order'];
  readonly transposed: boolean;
  readonly paddedChannels?: number | undefined;
  /** Elements of the dump from one image, channel, row and column of the value to the next. */
  readonly strides: readonly [number, number, number, number];
}

/** Images, channels, rows and columns of a value; everything behind the third dimension counts as columns. */
export function imageExtents(shape: readonly number[]): readonly [number, number, number, number] {
  // One dimension alone counts channels: batches of scalars do not leave a layer.
  const [images = 1, channels = 1, rows = 1, ...rest] = shape.length === 1 ? [1, ...shape] : shape;
  return [images, channels, rows, elementCount(rest)];
}

/** Multiples that a runtime is known or likely to fill channels up to. */
const channelMultiples = [4, 8, 16, 32];

/**
 * All orders in which a dump can hold a value; none if their element counts exclude it. Orders that are the same for
 * this shape appear once, the likeliest first.
 */
export function possibleOrders(
  shape: readonly number[],
  { values, interleaved }: Pick<DumpedLayer, 'values' | 'interleaved'>,
): ElementOrder[] {
  const [images, channels, rows, columns] = imageExtents(shape);
  const pixels = rows * columns;
  const perImage = values.length / images;
  if (pixels === 0 || channels === 0 || !Number.isInteger(perImage) || perImage % pixels !== 0) return [];
  const held = perImage / pixels;
  const isPadded = held !== channels;
  if (isPadded && !channelMultiples.some((of) => held === Math.ceil(channels / of) * of)) return [];
  const padding = isPadded ? { paddedChannels: held } : {};
  const isLine = channels === 1 && (rows === 1 || columns === 1);
  if (pixels === 1 || (isLine && !isPadded)) return [{ ...flat(perImage, pixels, columns), ...padding }];

  const planar = (transposed: boolean): ElementOrder => ({
    order: 'planar',
    transposed,
    ...padding,
    strides: transposed ? [perImage, pixels, 1, rows] : [perImage, pixels, columns, 1],
  });
  const mixed = (transposed: boolean): ElementOrder => ({
    order: 'interleaved',
    transposed,
    ...padding,
    strides: transposed ? [perImage, 1, held, rows * held] : [perImage, 1, columns * held, held],
  });
  const turns = rows > 1 && columns > 1 ? [false, true] : [false];
  const all = [...turns.map(planar), ...(held > 1 ? turns.map(mixed) : [])];
  if (interleaved === undefined) return all;
  // A name that says the order is believed before the values are looked at.
  const said = interleaved ? 'interleaved' : 'planar';
  return all.toSorted((a, b) => Number(b.order === said) - Number(a.order === said));
}

const flat = (perImage: number, channelStep: number, rowStep: number): ElementOrder => ({
  order: 'flat',
  transposed: false,
  strides: [perImage, channelStep, rowStep, 1],
});

/** A dump's elements in the value's own shape and order. Shares the memory where nothing moves. */
export function arrange(
  values: Float32Array,
  shape: readonly number[],
  { strides, paddedChannels }: ElementOrder,
): Tensor<'float32'> {
  const [images, channels, rows, columns] = imageExtents(shape);
  const [perImage, perChannel, perRow, perColumn] = strides;
  const inOrder = perColumn === 1 && perRow === columns && perChannel === rows * columns;
  if (inOrder && paddedChannels === undefined) return tensor('float32', shape, values);
  const arranged = new Float32Array(images * channels * rows * columns);
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < rows; y++) {
        let from = n * perImage + c * perChannel + y * perRow;
        for (let x = 0; x < columns; x++, from += perColumn) arranged[at++] = values[from]!;
      }
    }
  }
  return tensor('float32', shape, arranged);
}
