import { expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import { tensor } from '../../tensor/tensor.ts';
import { exposeLayers } from './expose-layers.ts';
import { makeModel, makeNode, makeValueInfo, readOnnx, tensorToOnnx, writeOnnx } from './model.ts';

const vector = (...values: number[]) => tensor('float32', [values.length], Float32Array.from(values));

/** y = relu(2 x - 1), by way of values `doubled` and `shifted`; `unread` leads nowhere. */
const network = () =>
  makeModel(
    {
      name: 'line',
      nodes: [
        makeNode('Mul', ['x', 'two'], ['doubled'], {}, { name: 'double' }),
        makeNode('Sub', ['doubled', 'one'], ['shifted'], {}, { name: 'shift' }),
        makeNode('Neg', ['x'], ['unread'], {}, { name: 'negate' }),
        makeNode('Relu', ['shifted'], ['y'], {}, { name: 'rectify' }),
      ],
      initializers: [tensorToOnnx('two', vector(2)), tensorToOnnx('one', vector(1))],
      inputs: [makeValueInfo('x', 'float32', ['N'])],
      outputs: [makeValueInfo('y', 'float32', ['N'])],
    },
    { '': 13 },
  );

test('the values between nodes become outputs, in execution order, after the model’s own', async () => {
  const { model, layers } = exposeLayers(network());

  await using loaded = await createOnnxRuntimeEngine().load(writeOnnx(model), 'line.onnx', {
    optimise: true,
  });
  const outputs = await loaded.run(new Map([['x', vector(3, 0.25)]]));

  expect(layers).toEqual([
    { value: 'doubled', node: 'double', opType: 'Mul' },
    { value: 'shifted', node: 'shift', opType: 'Sub' },
  ]);
  expect([...outputs].map(([name, { dtype, data }]) => [name, dtype, [...data]])).toEqual([
    ['y', 'float32', [5, 0]],
    ['doubled', 'float32', [6, 0.5]],
    ['shifted', 'float32', [5, -0.5]],
  ]);
});

test('values of other types than the output’s are exposed with their own', async () => {
  const source = makeModel(
    {
      name: 'parity',
      nodes: [
        makeNode('Cast', ['x'], ['whole'], { to: { int: 7 } }),
        makeNode('Greater', ['whole', 'zero'], ['positive']),
        makeNode('Cast', ['positive'], ['y'], { to: { int: 1 } }),
      ],
      initializers: [tensorToOnnx('zero', tensor('int64', [], BigInt64Array.of(0n)))],
      inputs: [makeValueInfo('x', 'float32', [2])],
      outputs: [makeValueInfo('y', 'float32', [2])],
    },
    { '': 13 },
  );

  const bytes = writeOnnx(exposeLayers(source).model);
  await using loaded = await createOnnxRuntimeEngine().load(bytes, 'parity.onnx', { optimise: false });
  const outputs = await loaded.run(new Map([['x', vector(1.5, -2.5)]]));

  expect(outputs.get('whole')).toEqual(tensor('int64', [2], BigInt64Array.of(1n, -2n)));
  expect(outputs.get('positive')).toEqual(tensor('bool', [2], Uint8Array.of(1, 0)));
});

test('only the selected layers are exposed', () => {
  const { model, layers } = exposeLayers(network(), ({ opType }) => opType === 'Mul');

  expect(layers.map(({ value }) => value)).toEqual(['doubled']);
  expect(model.graph.output.map(({ name }) => name)).toEqual(['y', 'doubled']);
});

test('the source keeps its outputs, and nothing else of it changes', () => {
  const source = network();
  const before = writeOnnx(source);

  const { model } = exposeLayers(source);

  expect(writeOnnx(source)).toEqual(before);
  const again = readOnnx(writeOnnx(model), 'again');
  again.graph.output.length = 1;
  expect(writeOnnx(again)).toEqual(before);
});

test('a value that only a branch reads is exposed', () => {
  const branch = makeModel(
    {
      name: 'branch',
      nodes: [makeNode('Relu', ['outer'], ['inner'])],
      initializers: [],
      inputs: [],
      outputs: [makeValueInfo('inner', 'float32')],
    },
    { '': 13 },
  ).graph;
  const choice = makeNode('If', ['condition'], ['y'], { then_branch: { int: 0 }, else_branch: { int: 0 } });
  for (const attribute of choice.attribute) Object.assign(attribute, { type: 5, g: branch });
  const source = makeModel(
    {
      name: 'choice',
      nodes: [makeNode('Neg', ['x'], ['outer']), choice],
      initializers: [],
      inputs: [makeValueInfo('x', 'float32', [1]), makeValueInfo('condition', 'bool', [])],
      outputs: [makeValueInfo('y', 'float32', [1])],
    },
    { '': 13 },
  );

  const { layers } = exposeLayers(source);

  expect(layers.map(({ value }) => value)).toEqual(['outer']);
});

test('sequences are left out, since the engine cannot hand them out', async () => {
  const source = makeModel(
    {
      name: 'sequence',
      nodes: [
        makeNode('Neg', ['x'], ['n']),
        makeNode('SequenceConstruct', ['n', 'x'], ['both']),
        makeNode('ConcatFromSequence', ['both'], ['y'], { axis: { int: 0 } }),
      ],
      initializers: [],
      inputs: [makeValueInfo('x', 'float32', [1])],
      outputs: [makeValueInfo('y', 'float32', [2])],
    },
    { '': 13 },
  );

  const { model, layers } = exposeLayers(source);
  await using loaded = await createOnnxRuntimeEngine().load(writeOnnx(model), 'sequence.onnx', {
    optimise: true,
  });
  const outputs = await loaded.run(new Map([['x', vector(4)]]));

  expect(layers.map(({ value }) => value)).toEqual(['n']);
  expect(outputs.get('y')).toEqual(vector(-4, 4));
});
