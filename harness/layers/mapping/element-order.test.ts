import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { elementCount } from '../../tensor/tensor.ts';
import { arrange, imageExtents, possibleOrders } from './element-order.ts';
import { likeness, Sample } from './sample.ts';

const orderNames = (shape: readonly number[], count: number) =>
  possibleOrders(shape, { values: new Float32Array(count) }).map(
    ({ order, transposed, paddedChannels }) =>
      `${order}${transposed ? ' transposed' : ''}${paddedChannels === undefined ? '' : ` ${paddedChannels}`}`,
  );

test.each([
  [[1, 2, 3, 4], 24, ['planar', 'planar transposed', 'interleaved', 'interleaved transposed']],
  [[1, 2, 3, 1], 6, ['planar', 'interleaved']],
  [[1, 5], 5, ['flat']],
  [[5], 5, ['flat']],
  [[1, 5, 1, 1], 5, ['flat']],
  [[1, 1, 1, 5], 5, ['flat']],
  // The runtime fills three channels up to eight.
  [[1, 3, 2, 2], 32, ['planar 8', 'planar transposed 8', 'interleaved 8', 'interleaved transposed 8']],
  [[1, 10], 16, ['flat 16']],
  [[1, 3, 2, 2], 20, []],
  [[1, 2, 3, 4], 25, []],
  [[2, 2, 3, 4], 24, []],
] as const)('a value of shape %j may lie in %d elements as %j', (shape, count, expected) => {
  expect(orderNames(shape, count)).toEqual(expected);
});

/** Where an element of a value lies in a dump, from the definitions of the layouts. */
function definition(
  name: string,
  [n, c, y, x]: readonly number[],
  [, , rows, columns]: readonly number[],
  held: number,
): number {
  const within =
    name === 'planar'
      ? (c! * rows! + y!) * columns! + x!
      : name === 'planar transposed'
        ? (c! * columns! + x!) * rows! + y!
        : name === 'interleaved'
          ? (y! * columns! + x!) * held + c!
          : (x! * rows! + y!) * held + c!;
  return n! * held * rows! * columns! + within;
}

test('every order is undone, images and padded channels included, and samples read the same elements', () => {
  const extent = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 1, max: 2 }), extent, extent, extent),
      fc.boolean(),
      (shape, pads) => {
        const [images, channels, rows, columns] = shape;
        const held = pads ? Math.ceil(channels / 8) * 8 : channels;
        const count = images * held * rows * columns;
        const expected = Float32Array.from({ length: elementCount(shape) }, (_, i) => i + 1);
        const sample = new Sample(shape);
        for (const order of possibleOrders(shape, { values: new Float32Array(count) })) {
          const dump = new Float32Array(count);
          const name =
            order.order === 'flat' ? 'planar' : `${order.order}${order.transposed ? ' transposed' : ''}`;
          expected.forEach((value, flat) => {
            const x = flat % columns;
            const y = Math.floor(flat / columns) % rows;
            const c = Math.floor(flat / (columns * rows)) % channels;
            const n = Math.floor(flat / (columns * rows * channels));
            dump[definition(name, [n, c, y, x], imageExtents(shape), held)] = value;
          });

          expect([...arrange(dump, shape, order).data]).toEqual([...expected]);
          expect([...sample.takeOrdered(dump, order)]).toEqual([...sample.take(expected)]);
        }
      },
    ),
  );
});

test('a name that says the order is believed first', () => {
  const [first] = possibleOrders([1, 2, 3, 4], { values: new Float32Array(24), interleaved: true });

  expect(first!.order).toBe('interleaved');
});

test('likeness is what numpy.corrcoef says, less in small samples, where it means little', () => {
  const wave = (phase: number, count: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(i / 3 + phase));

  // numpy.corrcoef(sin(i/3), sin(i/3+0.5)) for i in range(300), in float32: 0.87869208.
  expect(likeness(wave(0, 300), wave(0.5, 300)).correlation).toBeCloseTo(0.87869208, 6);
  expect(likeness(wave(0, 300), wave(0, 300))).toEqual({ correlation: 1, closeness: 1 });
  expect(likeness(wave(0, 2), wave(0, 2)).correlation).toBeLessThan(0.3);
  expect(likeness(Float32Array.of(1, 1, 1), Float32Array.of(1, 2, 3)).correlation).toBe(0);
  expect(likeness(Float32Array.of(1, 2, 3), Float32Array.of(1, NaN, 3))).toEqual({
    correlation: 0,
    closeness: 0,
  });
});
