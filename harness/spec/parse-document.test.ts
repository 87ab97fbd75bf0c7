import { expect, test } from 'vitest';
import { parseTextDocument } from './parse-document.ts';
import { SpecError } from './spec-error.ts';

const problemOf = (text: string, file = 'a.hil.yaml') => {
  try {
    parseTextDocument(text, file);
  } catch (error) {
    if (error instanceof SpecError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
};

test('knows the line of a nested value', () => {
  const document = parseTextDocument('name: x\nmodel:\n  board: y\n', 'a.hil.yaml');

  expect(document.lineOf(['model', 'board'])).toBe(3);
});

test('points a missing key to the map it is missing from', () => {
  const document = parseTextDocument('name: x\nmodel:\n  board: y\n', 'a.hil.yaml');

  expect(document.lineOf(['model', 'reference'])).toBe(3);
});

test('names tabs as what they are', () => {
  expect(problemOf('model:\n\tboard: y\n')).toBe(
    'a.hil.yaml:2: is indented with a tab, but YAML allows only spaces there',
  );
});

test('names a second document as what it is', () => {
  expect(problemOf('name: x\n---\nname: y\n')).toBe(
    'a.hil.yaml:2: begins a second document, but a file holds one',
  );
});

test('reports broken YAML with its line', () => {
  expect(problemOf('name: x\ninputs: [a, b\n')).toMatch(/^a\.hil\.yaml:\d: is not valid YAML: /);
});

test('reports a key that is written twice', () => {
  expect(problemOf('name: x\nname: y\n')).toBe('a.hil.yaml:2: is not valid YAML: Map keys must be unique');
});

test('reports broken JSON', () => {
  expect(problemOf('{"name": }', 'a.hil.json')).toMatch(/^a\.hil\.json: is not valid JSON: /);
});

test('refuses anchors that explode, before they do', () => {
  const layers = Array.from({ length: 12 }, (_, depth) =>
    depth === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
      : `a${depth}: &a${depth} [${Array(9)
          .fill(`*a${depth - 1}`)
          .join(', ')}]`,
  );

  expect(problemOf(layers.join('\n'))).toBe('a.hil.yaml: expands its anchors more than 100 times');
});

test('accepts an anchor that is used a few times', () => {
  const { value } = parseTextDocument('mean: &m [1, 2, 3]\nboard: *m\n', 'a.hil.yaml');

  expect(value).toEqual({ mean: [1, 2, 3], board: [1, 2, 3] });
});
