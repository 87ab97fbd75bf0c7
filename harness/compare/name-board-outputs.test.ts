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
