import { expect, test } from 'vitest';
import { float16Storage } from '../reference/npu-format/tensor-storage.ts';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import { excessOf } from './excess.ts';
import { layerError } from './layer-error.ts';

const count = 10_000;
const floats = (value: (i: number) => number) =>
  tensor(
    'float32',
    [1, count],
    Float32Array.from({ length: count }, (_, i) => value(i)),
  );
const right = floats((i) => 10 * Math.sin(i));
const off = (error: (i: number) => number) => floats((i) => right.data[i]! + error(i));

/** What the format explains: errors of both signs, at most 0.004. */
const explained = layerError(
  right,
  off((i) => 0.004 * Math.sin(i * 7)),
);
const excess = (board: Tensor<'float32'>) =>
  excessOf(layerError(right, board), explained, right, float16Storage);

test('a layer that is right, or off as the format explains, is far within', () => {
  expect(excess(right)).toBe(0);
  expect(excess(off((i) => 0.004 * Math.sin(i * 7)))).toBeLessThan(0.35);
  // The published first convolution of an RK1808 has 1.6 times the error of rounding.
  expect(excess(off((i) => 0.0064 * Math.sin(i * 3)))).toBeLessThan(0.6);
});

test('three times the rounding of the whole layer is too much', () => {
  expect(excess(off((i) => 0.03 * Math.sin(i * 3)))).toBeGreaterThan(1);
});

test('one wrong element is enough', () => {
  expect(excess(off((i) => (i === 5000 ? 1 : 0)))).toBeGreaterThan(10);
});

test('a factor of five percent is too much although no error is beyond the format’s steps', () => {
  // A coarse format: errors up to 0.5 are explained, and a twentieth of 10 is no more.
  const coarse = layerError(
    right,
    off((i) => 0.5 * Math.sin(i * 7)),
  );
  const byFactor = layerError(
    right,
    floats((i) => right.data[i]! * 1.05 + 0.5 * Math.sin(i * 7)),
  );
  const storage = { dtype: 'uint8', quantisation: { kind: 'affine', scale: 0.3, zp: 128 } } as const;

  expect(excessOf(byFactor, coarse, right, storage)).toBeGreaterThan(1);
});

test('NaN where the reference has numbers is beyond every format, and says nothing where it has none', () => {
  const broken = off((i) => (i === 3 ? NaN : 0));

  expect(excess(broken)).toBe(Infinity);
  expect(excessOf(layerError(broken, broken), explained, broken, float16Storage)).toBeNaN();
});

test('a layer that only moves values must be exact, but for the six decimals of a text', () => {
  const none = layerError(right, right);

  expect(
    excessOf(
      layerError(
        right,
        off(() => 5e-7),
      ),
      none,
      right,
      undefined,
    ),
  ).toBeLessThan(1);
  expect(
    excessOf(
      layerError(
        right,
        off((i) => 1e-4 * Math.sin(i)),
      ),
      none,
      right,
      undefined,
    ),
  ).toBeGreaterThan(1);
});
