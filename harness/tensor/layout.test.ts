import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toLayout } from './layout.ts';
import { tensor } from './tensor.ts';

test('planes become interleaved pixels, picture by picture', () => {
  // Two pictures of 1 x 2 pixels with channels B, G, R.
  const planes = tensor(
    'uint8',
    [2, 3, 1, 2],
    Uint8Array.of(1, 2, 11, 12, 21, 22, 101, 102, 111, 112, 121, 122),
  );

  const pixels = toLayout(planes, 'NCHW', 'NHWC');

  expect(pixels).toEqual(
    tensor('uint8', [2, 1, 2, 3], Uint8Array.of(1, 11, 21, 2, 12, 22, 101, 111, 121, 102, 112, 122)),
  );
});

test('there and back is the same, for every shape', () => {
  const extent = fc.integer({ min: 0, max: 4 });
  fc.assert(
    fc.property(fc.tuple(extent, extent, extent, extent), (shape) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const source = tensor(
        'int64',
        shape,
        BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
      );

      const back = toLayout(toLayout(source, 'NHWC', 'NCHW'), 'NCHW', 'NHWC');

      expect(back).toEqual(source);
    }),
  );
});

test('one layout to itself is the same tensor', () => {
  const source = tensor('float32', [1], new Float32Array(1));

  expect(toLayout(source, 'NHWC', 'NHWC')).toBe(source);
});

test('only 4-D tensors have a layout', () => {
  expect(() => toLayout(tensor('float32', [2, 3], new Float32Array(6)), 'NCHW', 'NHWC')).toThrow(
    'only a 4-D tensor has an image layout, this one is 2x3',
  );
});
