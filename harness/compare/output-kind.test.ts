import { expect, test } from 'vitest';
import { detectKind } from './output-kind.ts';

const many = (count: number, value: number): Float32Array => new Float32Array(count).fill(value);

test.each([
  ['a softmax', [0.958134, 0.041866], [1, 2]],
  ['a softmax held in fp16, which sums to 1.000153', [0.947266, 0.052887], [1, 2]],
  ['a softmax with trailing axes', [0.25, 0.75], [1, 2, 1, 1]],
  ['a certain answer', [0, 1, 0], [3]],
  ['a row for each of many boxes', [0.5, 0.5, 0.1, 0.9, 1, 0], [1, 3, 2]],
])('%s holds probabilities', (_, values, shape) => {
  expect(detectKind(Float32Array.from(values), shape, true)).toBe('probabilities');
});

test('1000 equal classes hold probabilities', () => {
  expect(detectKind(many(1000, 0.001), [1, 1000, 1, 1], true)).toBe('probabilities');
});

test.each([
  ['scores with a negative', [-2734.59, 1336.13], [1, 2]],
  ['a row that sums to 2', [1, 1], [2]],
  ['a row that would sum to 1 if it had no negative', [1.5, -0.5], [1, 2]],
  ['sigmoids of several labels', [0.9, 0.8, 0.1], [1, 3]],
])('%s hold logits', (_, values, shape) => {
  expect(detectKind(Float32Array.from(values), shape, true)).toBe('logits');
});

test.each([
  ['one number', [1], [1, 1]],
  ['boxes', [0, 0, 5, 5, 1, 1, 9, 9], [1, 2, 4]],
  ['rows of which one sums to 2', [0.5, 0.5, 1, 1], [1, 2, 2]],
  ['a map with its classes on the second axis', [0.25, 0.5, 0.75, 0.5], [1, 2, 1, 2]],
])('%s: values', (_, values, shape) => {
  expect(detectKind(Float32Array.from(values), shape, true)).toBe('values');
});

test('whole numbers are values, whatever they add up to', () => {
  expect(detectKind(Float64Array.of(0, 1), [1, 2], false)).toBe('values');
});

test('NaN or Inf among what could be probabilities decides nothing', () => {
  expect(detectKind(Float32Array.of(0.5, NaN), [1, 2], true)).toBeUndefined();
  expect(detectKind(Float32Array.of(Infinity, 0.5), [1, 2], true)).toBeUndefined();
  expect(detectKind(Float32Array.of(0.5, 0.7, NaN, 0.5), [2, 2], true)).toBe('values');
});
