import { expect, test } from 'vitest';
import { elementCount, formatShape, tensor, tensorBytes } from './tensor.ts';

test('a scalar has one element, an empty extent none', () => {
  expect(elementCount([])).toBe(1);
  expect(elementCount([3, 0, 5])).toBe(0);
  expect(elementCount([1, 3, 224, 224])).toBe(150_528);
});

test('data are shared, the shape is not', () => {
  const data = Float32Array.of(1, 2);
  const shape = [1, 2];

  const made = tensor('float32', shape, data);
  shape[0] = 7;

  expect(made.data).toBe(data);
  expect(made.shape).toEqual([1, 2]);
});

test.each([[[2, 3]], [[-1, -4]], [[1.5]], [[2 ** 60]]])('shape %j does not fit four elements', (shape) => {
  expect(() => tensor('uint8', shape, new Uint8Array(4))).toThrow(RangeError);
});

test('bytes count elements times size', () => {
  expect(tensorBytes({ dtype: 'float16', shape: [2, 3] })).toBe(12);
});

test('shapes are shown as people write them', () => {
  expect(formatShape([1, 3, 224, 224])).toBe('1x3x224x224');
  expect(formatShape([])).toBe('scalar');
});
