import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GraphNode, RknnGraph } from '../reference/rknn/read-graph.ts';
import { alignNodes } from './align-nodes.ts';

const graphOf = (names: readonly string[]): RknnGraph => ({
  inputs: [],
  outputs: [],
  results: [],
  nodes: names.map((name, id): GraphNode => {
    return { id, lid: `${name}_${id}`, op: name[0]!, parameters: undefined, inputs: [], outputs: [] };
  }),
  order: names.map((_, id) => id),
});

const told = (before: readonly string[], after: readonly string[]) =>
  alignNodes(graphOf(before), graphOf(after)).map(({ before: old, after: now }) => [
    old && before[old.id],
    now && after[now.id],
  ]);

test('nodes are paired by name, those with new names by operator, others stand alone in their place', () => {
  expect(told(['conv1', 'relu1', 'pool1'], ['conv1', 'relu_x', 'add1', 'pool1'])).toEqual([
    ['conv1', 'conv1'],
    ['relu1', 'relu_x'],
    [undefined, 'add1'],
    ['pool1', 'pool1'],
  ]);
});

test('every node of both files is told once, in order', () => {
  const names = fc.array(fc.constantFrom('a1', 'a2', 'b1', 'b2', 'c1'), { maxLength: 12 });
  fc.assert(
    fc.property(names, names, (before, after) => {
      const pairs = alignNodes(graphOf(before), graphOf(after));
      expect(pairs.flatMap(({ before: node }) => (node ? [node.id] : []))).toEqual(before.map((_, i) => i));
      expect(pairs.flatMap(({ after: node }) => (node ? [node.id] : []))).toEqual(after.map((_, i) => i));
    }),
  );
});

test('equal files are paired whole', () => {
  const names = fc.array(fc.constantFrom('a1', 'a2', 'b1'), { maxLength: 12 });
  fc.assert(
    fc.property(names, (nodes) => {
      expect(told(nodes, nodes)).toEqual(nodes.map((name) => [name, name]));
    }),
  );
});
