import { expect, test } from 'vitest';
import type { BoardInput } from '../board/session.ts';
import type { TensorAttribute } from '../board/tensor-attribute.ts';
import { bytesOf } from '../tensor/dtype.ts';
import { type Quantisation, notQuantised } from '../tensor/quantisation.ts';
import { readByRuntime } from './read-by-runtime.ts';

const attribute = (
  shape: readonly number[],
  { layout = 'NCHW', dtype = 'float16', quantisation = notQuantised }: Partial<TensorAttribute> = {},
): TensorAttribute => ({ index: 0, name: 'data', shape, dtype, layout, quantisation, sizeBytes: 0 });

const buffer = (bytes: Uint8Array, declared: Partial<BoardInput>): BoardInput => ({
  index: 0,
  bytes,
  dtype: 'uint8',
  layout: 'NHWC',
  passThrough: false,
  sizeBytes: bytes.length,
  ...declared,
});

const nothing = { mean: [], std: [], swap: false };
/** Two pixels: (1, 2, 3) and (201, 202, 203). */
const pixels = Uint8Array.of(1, 2, 3, 201, 202, 203);

test('interleaved pixels become planes, swapped before mean and std are applied', () => {
  const seen = readByRuntime(buffer(pixels, {}), attribute([1, 3, 1, 2]), {
    mean: [10, 20, 30],
    std: [1, 2, 4],
    swap: true,
  });

  expect(seen.shape).toEqual([1, 3, 1, 2]);
  // First plane: third channel minus 10; second: minus 20, by 2; third: first channel minus 30, by 4.
  expect([...seen.data]).toEqual([-7, 193, -9, 91, -7.25, 42.75]);
});

test('bytes that are declared int8 are negative from 128 up', () => {
  const seen = readByRuntime(buffer(pixels, { dtype: 'int8' }), attribute([1, 3, 1, 2]), nothing);

  expect([...seen.data]).toEqual([1, -55, 2, -54, 3, -53]);
});

test('interleaved pixels that are declared planes are taken as they lie', () => {
  const seen = readByRuntime(buffer(pixels, { layout: 'NCHW' }), attribute([1, 3, 1, 2]), nothing);

  expect([...seen.data]).toEqual([1, 2, 3, 201, 202, 203]);
});

test('a network with interleaved inputs is told in planes, too', () => {
  const seen = readByRuntime(buffer(pixels, {}), attribute([1, 1, 2, 3], { layout: 'NHWC' }), nothing);

  expect(seen.shape).toEqual([1, 3, 1, 2]);
  expect([...seen.data]).toEqual([1, 201, 2, 202, 3, 203]);
});

test('passed through, bytes are the model’s own elements, and nothing is applied', () => {
  const quantisation: Quantisation = { kind: 'affine', scale: 0.5, zp: 2 };

  const seen = readByRuntime(
    buffer(pixels, { passThrough: true }),
    attribute([1, 3, 1, 2], { dtype: 'uint8', quantisation }),
    { mean: [100, 100, 100], std: [7, 7, 7], swap: true },
  );

  expect([...seen.data]).toEqual([-0.5, 0, 0.5, 99.5, 100, 100.5]);
});

test('an integer input truncates and saturates, as the vendor’s runtime does', () => {
  // The vendor's MobileNet: every pixel is stored one step below; facts of the published conversion.
  const quantisation: Quantisation = { kind: 'affine', scale: 0.007843137718737125, zp: 127 };

  const seen = readByRuntime(
    buffer(Uint8Array.of(0, 1, 64, 255), { layout: 'NCHW' }),
    attribute([1, 1, 2, 2], { dtype: 'uint8', quantisation }),
    { mean: [127.5], std: [127.5], swap: false },
  );

  const codes = [...seen.data].map((value) => Math.round(value / quantisation.scale) + 127);
  expect(codes).toEqual([0, 0, 63, 254]);
});

test('floats are read in their own bytes; a short buffer is refused', () => {
  const floats = bytesOf(Float32Array.of(1.5, -2));

  const seen = readByRuntime(buffer(floats, { dtype: 'float32' }), attribute([1, 2]), nothing);

  expect([...seen.data]).toEqual([1.5, -2]);
  expect(() => readByRuntime(buffer(floats, { dtype: 'float32' }), attribute([1, 3]), nothing)).toThrow(
    '8 bytes, and the runtime reads 12',
  );
});
