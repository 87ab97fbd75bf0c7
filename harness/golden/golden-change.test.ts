import { expect, test } from 'vitest';
import { tensor, type NamedTensors, type Tensor } from '../tensor/tensor.ts';
import { describeChange } from './golden-change.ts';
import { makeGolden } from './golden-manifest.ts';
import type { GoldenFacts } from './golden.ts';

const facts: GoldenFacts = {
  model: 'a'.repeat(64),
  input: 'b'.repeat(64),
  preprocess: 'c'.repeat(64),
  preprocessing: null,
  engine: { name: 'onnxruntime', version: '1.30.0' },
};
const golden = (outputs: Readonly<Record<string, Tensor>>, changes: Partial<GoldenFacts> = {}) =>
  makeGolden(
    { ...facts, ...changes },
    { bound: 1e-5, maxAbsDifference: 0 },
    new Map(Object.entries(outputs)) satisfies NamedTensors,
    { model: 'net.onnx', input: 'dog.png' },
  );
const floats = (...values: number[]) => tensor('float32', [1, values.length], Float32Array.from(values));

test('the first golden is new, with all its outputs', () => {
  expect(describeChange(undefined, golden({ prob: floats(1, 0), boxes: floats(2) }))).toEqual({
    kind: 'new',
    facts: [],
    outputs: [
      { name: 'prob', kind: 'added' },
      { name: 'boxes', kind: 'added' },
    ],
  });
});

test('the same values from the same facts are no change', () => {
  expect(describeChange(golden({ prob: floats(1, 0) }), golden({ prob: floats(1, 0) }))).toEqual({
    kind: 'unchanged',
    facts: [],
    outputs: [{ name: 'prob', kind: 'unchanged' }],
  });
});

test('changed values show the largest difference, its place, and the largest element on both sides', () => {
  const change = describeChange(
    golden({ prob: floats(0.5, 0.25, 0.25) }),
    golden({ prob: floats(0.25, 0.25, 0.5) }, { model: 'd'.repeat(64) }),
  );

  expect(change).toEqual({
    kind: 'changed',
    facts: [{ field: 'model', golden: 'aaaaaaaaaaaa…', present: 'dddddddddddd…' }],
    outputs: [
      {
        name: 'prob',
        kind: 'changed',
        maxAbsDifference: 0.25,
        at: 0,
        before: { index: 0, value: 0.5 },
        after: { index: 2, value: 0.5 },
        top1Changed: true,
      },
    ],
  });
});

test('other facts with the same values are a change', () => {
  const change = describeChange(
    golden({ prob: floats(1, 0) }),
    golden({ prob: floats(1, 0) }, { engine: { name: 'onnxruntime', version: '1.31.0' } }),
  );

  expect(change.kind).toBe('changed');
  expect(change.outputs).toEqual([{ name: 'prob', kind: 'unchanged' }]);
});

test('outputs that came, went, or have another shape are told apart', () => {
  const change = describeChange(
    golden({ prob: floats(1, 0), old: floats(1) }),
    golden({ prob: tensor('float16', [2], Uint16Array.of(0x3c00, 0)), fresh: floats(1) }),
  );

  expect(change.outputs).toEqual([
    {
      name: 'prob',
      kind: 'reshaped',
      before: { dtype: 'float32', shape: [1, 2] },
      after: { dtype: 'float16', shape: [2] },
    },
    { name: 'old', kind: 'removed' },
    { name: 'fresh', kind: 'added' },
  ]);
});

test('float16 values are compared as numbers, not as bits', () => {
  const half = (bits: number) => tensor('float16', [1], Uint16Array.of(bits));

  const change = describeChange(golden({ y: half(0xc000) }), golden({ y: half(0x4000) }));

  expect(change.outputs[0]).toMatchObject({
    maxAbsDifference: 4,
    before: { index: 0, value: -2 },
    after: { index: 0, value: 2 },
    top1Changed: false,
  });
});
