import { expect, test } from 'vitest';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import { nameBoardOutputs } from './name-board-outputs.ts';

const value = (number: number): Tensor => tensor('float32', [1], Float32Array.of(number));
const unnamed = (...numbers: number[]) => numbers.map((number) => ({ name: '', tensor: value(number) }));

test('named outputs keep their names, in the board’s order', () => {
  const named = nameBoardOutputs(
    ['a', 'b'],
    [
      { name: 'b', tensor: value(1) },
      { name: 'a', tensor: value(2) },
    ],
  );

  expect([...named]).toEqual([
    ['b', value(1)],
    ['a', value(2)],
  ]);
});

test('outputs without any name get the golden’s by order', () => {
  expect(nameBoardOutputs(['a', 'b'], unnamed(1, 2))).toEqual(
    new Map([
      ['a', value(1)],
      ['b', value(2)],
    ]),
  );
});

test('nothing is guessed if there are more or fewer of them', () => {
  expect([...nameBoardOutputs(['a', 'b'], unnamed(1)).keys()]).toEqual(['(output 0, unnamed)']);
  expect([...nameBoardOutputs(['a'], unnamed(1, 2)).keys()]).toEqual([
    '(output 0, unnamed)',
    '(output 1, unnamed)',
  ]);
});

test('nothing is guessed if only some have names', () => {
  const named = nameBoardOutputs(['a', 'b'], [{ name: 'a', tensor: value(1) }, ...unnamed(2)]);

  expect([...named.keys()]).toEqual(['a', '(output 1, unnamed)']);
});

test('a name that comes twice hides nothing', () => {
  const twice = [
    { name: 'a', tensor: value(1) },
    { name: 'a', tensor: value(2) },
  ];

  expect([...nameBoardOutputs(['a'], twice).keys()]).toEqual(['a', '(output 1, a second a)']);
});

const converted = (...names: string[]) => names.map((name, i) => ({ name, tensor: value(i) }));

test('names that the vendor’s converter made up stand for the golden’s that their layers end with', () => {
  const named = nameBoardOutputs(
    ['boxes', 'scores'],
    converted('Softmax_scores/out0_0', 'Concat_boxes/out0_1'),
  );

  expect([...named.keys()]).toEqual(['scores', 'boxes']);
});

test('and in order where the layers are called otherwise', () => {
  const names = (golden: string[], ...found: string[]) => [
    ...nameBoardOutputs(golden, converted(...found)).keys(),
  ];

  expect(names(['prob'], 'Softmax_12_3/out0_0')).toEqual(['prob']);
  expect(names(['a', 'b'], 'Relu_x_1/out0_0', 'Relu_y_2/out0_1')).toEqual(['a', 'b']);
});

test('but nothing is guessed of them if there are more or fewer, or if one is the golden’s own name', () => {
  const names = (golden: string[], ...found: string[]) => [
    ...nameBoardOutputs(golden, converted(...found)).keys(),
  ];

  expect(names(['a', 'b'], 'Softmax_a/out0_0')).toEqual(['Softmax_a/out0_0']);
  expect(names(['a/out0_0', 'b'], 'a/out0_0', 'c/out0_1')).toEqual(['a/out0_0', 'c/out0_1']);
});
