import { expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { makeModel, makeNode, makeValueInfo, tensorToOnnx, writeOnnx } from '../reference/onnx/model.ts';
import { tensor } from '../tensor/tensor.ts';
import { cutNetwork, pieceBefore } from './cut-network.ts';

// y = 2 x; z = y + 1; w = z + y; v = -w
const two = tensorToOnnx('two', tensor('float32', [1], Float32Array.of(2)));
const one = tensorToOnnx('one', tensor('float32', [1], Float32Array.of(1)));
const model = makeModel(
  {
    name: 'chain',
    nodes: [
      makeNode('Mul', ['x', 'two'], ['y']),
      makeNode('Add', ['y', 'one'], ['z']),
      makeNode('Add', ['z', 'y'], ['w']),
      makeNode('Neg', ['w'], ['v']),
    ],
    initializers: [two, one],
    inputs: [makeValueInfo('x', 'float32', [1])],
    outputs: [makeValueInfo('v', 'float32', [1])],
  },
  { '': 13 },
);
const scalar = (value: number) => tensor('float32', [1], Float32Array.of(value));

test('each piece computes from what is fed to it, not from what the piece before gives', async () => {
  const cut = cutNetwork(
    model,
    new Map([
      ['y', [1]],
      ['w', [1]],
    ]),
  );
  await using network = await createOnnxRuntimeEngine().load(writeOnnx(cut.model), 'cut', { optimise: true });

  const results = await network.run(
    new Map([
      ['x', scalar(5)],
      [cut.inputOf.get('y')!, scalar(100)],
    ]),
  );

  // y = 2 * 5; w = (100 + 1) + 100. Nothing reads w, so that it has no input, and v is not computed.
  expect([...results].map(([name, { data }]) => [name, ...data])).toEqual([
    ['y', 10],
    ['w', 201],
  ]);
  expect([...cut.inputOf.keys()]).toEqual(['y']);
  expect(cut.model.graph.node.map(({ opType }) => opType)).toEqual(['Mul', 'Add', 'Add']);
});

test('the network that is cut stays as it was', () => {
  const before = writeOnnx(model);

  cutNetwork(model, new Map([['y', [1]]]));

  expect(Buffer.from(writeOnnx(model)).equals(before)).toBe(true);
});

test('a piece begins at cut values and inputs', () => {
  const piece = pieceBefore(model, 'v', new Set(['y']));

  expect(piece.nodes.map(({ output }) => output[0])).toEqual(['z', 'w', 'v']);
  expect(piece.reads).toEqual(['y']);
  expect(pieceBefore(model, 'y', new Set(['y'])).reads).toEqual(['x']);
});
