import { expect, test } from 'vitest';
import type { TensorDeclaration } from '../reference/engine.ts';
import type { DType } from '../tensor/dtype.ts';
import { checkFitsModel } from './check-fits-model.ts';
import { InputMismatchError } from './input-error.ts';

const takes = (shape: TensorDeclaration['shape'], dtype: DType = 'float32'): TensorDeclaration => ({
  name: 'data',
  dtype,
  shape,
});

const check = (shape: readonly number[], declaration: TensorDeclaration) => () =>
  checkFitsModel({ dtype: 'float32', shape }, declaration, 'cat.jpg');

test.each([[[1, 3, 8, 8]], [['N', 3, 8, 8]], [[null, 3, 'height', 'width']], [[]]])(
  'accepts 1x3x8x8 for %j',
  (declared) => {
    expect(check([1, 3, 8, 8], takes(declared))).not.toThrow();
  },
);

test.each([
  [[1, 3, 64, 64], [1, 3, 224, 224], 'preprocess.resize: {width: 224, height: 224}'],
  [[1, 64, 64, 3], [1, 48, 32, 3], 'preprocess.resize: {width: 32, height: 48}'],
  [[1, 3, 64, 32], ['N', 64, 32, 3], 'preprocess.layout: NHWC'],
  [[1, 64, 32, 3], ['N', 3, 64, 32], 'preprocess.layout: NCHW'],
  [[1, 3, 8, 8], [1, 1, 8, 8], 'channelOrder with as many channels'],
  [[1, 3, 8, 8], [1, 192], 'Give a tensor of the shape that the model takes.'],
])('refuses %j for %j and says what would help', (shape, declared, hint) => {
  expect(check(shape, takes(declared))).toThrow(
    expect.objectContaining({ code: 'HIL_INPUT_MISMATCH', hint: expect.stringContaining(hint) }),
  );
});

test('names the file, what it gives and what the model takes', () => {
  const attempt = check([1, 3, 64, 64], takes(['N', 3, 224, null]));

  expect(attempt).toThrow(InputMismatchError);
  expect(attempt).toThrow(
    'cat.jpg gives the reference float32 1x3x64x64; the reference model takes float32 Nx3x224x? at input data',
  );
});

test('refuses another element type', () => {
  const attempt = check([1, 3, 8, 8], takes([1, 3, 8, 8], 'uint8'));

  expect(attempt).toThrow('the reference model takes uint8 1x3x8x8 at input data');
});
