import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonValues } from './json-values.ts';
import { UnreadableOutput } from './unreadable-output.ts';

test('reads a flat list, whose shape is for the golden to say', () => {
  const { tensor, listing } = parseJsonValues('[0.25, 0.75]', { path: [] });

  expect(listing).toEqual({ kind: 'all' });
  expect([...tensor.data]).toEqual([0.25, 0.75]);
});

test('reads nested lists in their own shape', () => {
  const { tensor, listing } = parseJsonValues('{"out": [[[1, 2, 3], [4, 5, 6]]]}', { path: ['out'] });

  expect(listing).toBeUndefined();
  expect(tensor.shape).toEqual([1, 2, 3]);
  expect([...tensor.data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test('reads classes and scores out of maps', () => {
  const text = '{"results": [{"top": [{"class": 7, "p": 0.5}, {"class": 2, "p": 0.25}]}]}';

  const { tensor, listing } = parseJsonValues(text, {
    path: ['results', 0, 'top'],
    index: 'class',
    value: 'p',
  });

  expect(listing).toEqual({ kind: 'some', places: [7, 2] });
  expect([...tensor.data]).toEqual([0.5, 0.25]);
});

test('reads NaN and Infinity as Python writes them, but not inside texts', () => {
  const { tensor } = parseJsonValues('{"note": "NaN \\" Infinity", "p": [NaN, -Infinity, Infinity]}', {
    path: ['p'],
  });

  expect([...tensor.data]).toEqual([NaN, -Infinity, Infinity]);
});

test('passes over the lines around the document', () => {
  const text = 'librknn_runtime version 1.7.5 (ccb93f1)\n{\n "p": [1,\n 2]\n}\ndone\n';

  expect([...parseJsonValues(text, { path: ['p'] }).tensor.data]).toEqual([1, 2]);
});

test.each([
  ['', ['p'], 'it holds no whole JSON document'],
  ['{"p": [1, 2', ['p'], 'it holds no whole JSON document'],
  ['{"p": [1,2]}', ['q'], 'the document has no "q"; it is a map of p'],
  ['{"p": [1,2]}', ['p', 7], 'p has no 7; it is a list of 2'],
  ['{"p": [1, "0.5"]}', ['p'], 'p[1] is no number; it is ""0.5""'],
  ['{"p": [1, null]}', ['p'], 'p[1] is no number; it is "null"'],
  ['[[1, 2], [3]]', [], 'the document is no rectangular list: its items 0 and 1 differ in shape'],
  ['[[[[[[[[[[1]]]]]]]]]]', [], 'nests lists more than 8 deep'],
])('refuses %j', (text, path, problem) => {
  expect(() => parseJsonValues(text, { path })).toThrow(problem);
});

test('holds a list against the shape that the spec gives', () => {
  expect(parseJsonValues('[1, 2, 3, 4]', { path: [], shape: [2, 2] }).tensor.shape).toEqual([2, 2]);
  expect(() => parseJsonValues('[1, 2, 3]', { path: [], shape: [2, 2] })).toThrow(
    'it gives 3 values, and the spec’s shape 2x2 holds 4',
  );
});

test('refuses a class that is none or comes twice', () => {
  const list = (text: string) => () => parseJsonValues(text, { path: [], index: 'c', value: 'p' });

  expect(list('[{"c": -1, "p": 1}]')).toThrow('the document[0] has no class index "c"');
  expect(list('[{"c": 1, "p": 1}, {"c": 1, "p": 2}]')).toThrow('it lists class 1 twice');
  expect(list('{"c": 1, "p": 1}')).toThrow('the document is no list');
});

test('reads back whatever JSON.stringify writes of numbers', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (values) => {
      const { tensor } = parseJsonValues(JSON.stringify({ a: { b: values } }), { path: ['a', 'b'] });

      expect([...tensor.data]).toEqual(values.map((value) => (Object.is(value, -0) ? 0 : value)));
    }),
  );
});

test('never fails in another way than by saying what is unreadable', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(outcomeOf(() => parseJsonValues(text, { path: [] }))).toBe('readable or not');
    }),
  );
});

function outcomeOf(parse: () => unknown): unknown {
  try {
    parse();
    return 'readable or not';
  } catch (error) {
    return error instanceof UnreadableOutput ? 'readable or not' : error;
  }
}
