import { expect, test } from 'vitest';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import { checkFeeds } from './check-feeds.ts';
import type { TensorDeclaration } from './engine.ts';

const inputs: readonly TensorDeclaration[] = [
  { name: 'image', dtype: 'float32', shape: ['N', 3, null, 2] },
  { name: 'size', dtype: 'int64', shape: [] },
];
const image = tensor('float32', [1, 3, 5, 2], new Float32Array(30));
const size = tensor('int64', [], BigInt64Array.of(5n));

const check = (feeds: Record<string, Tensor>, openRank: readonly string[] = []) =>
  checkFeeds('net.onnx', inputs, new Set(openRank), new Map(Object.entries(feeds)));

test('feeds that fit pass, free dimensions taking any extent', () => {
  expect(() => check({ image, size })).not.toThrow();
});

test('an input whose rank is open takes any shape', () => {
  const vector = tensor('int64', [2], BigInt64Array.of(5n, 6n));

  expect(() => check({ image, size: vector }, ['size'])).not.toThrow();
  expect(() => check({ image, size: vector })).toThrow('input size takes scalar, but a tensor of 2 is fed');
});

test('a missing feed is named, with what was fed', () => {
  expect(() => check({ size })).toThrow(
    expect.objectContaining({
      code: 'HIL_FEED_MISSING',
      owner: 'spec',
      message: 'net.onnx: input image is not fed; fed are: size',
      hint: 'Give a tensor for every input; in an .npz file the array is named image.',
    }),
  );
  expect(() => check({})).toThrow('net.onnx: input image is not fed; fed are: none');
});

test('an unknown feed is named, with the inputs there are', () => {
  expect(() => check({ image, size, data: image })).toThrow(
    expect.objectContaining({
      code: 'HIL_FEED_UNKNOWN',
      owner: 'spec',
      message: 'net.onnx has no input data; its inputs are: image (float32 Nx3x?x2), size (int64 scalar)',
      hint: 'Leave data out, or rename it to the input it is meant for.',
    }),
  );
});

test('a wrong element type is refused, never converted', () => {
  const bytes = tensor('uint8', [1, 3, 5, 2], new Uint8Array(30));

  expect(() => check({ image: bytes, size })).toThrow(
    expect.objectContaining({
      code: 'HIL_FEED_DTYPE',
      owner: 'spec',
      message: 'net.onnx: input image takes float32, but uint8 is fed',
      hint: 'Save the tensor as float32; values are never converted silently.',
    }),
  );
});

test.each([
  { why: 'another fixed extent', shape: [1, 1, 5, 2] },
  { why: 'interleaved instead of planes', shape: [1, 5, 2, 3] },
  { why: 'the batch dimension missing', shape: [3, 5, 2] },
])('a wrong shape is refused with both shapes: $why', ({ shape }) => {
  const wrong = tensor('float32', shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));

  expect(() => check({ image: wrong, size })).toThrow(
    expect.objectContaining({
      code: 'HIL_FEED_SHAPE',
      owner: 'spec',
      message: `net.onnx: input image takes Nx3x?x2, but a tensor of ${shape.join('x')} is fed`,
      hint: 'Check the size and the layout (NCHW or NHWC) of the preprocessing or of the tensor file.',
    }),
  );
});
