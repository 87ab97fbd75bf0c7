import { describe, expect, test } from 'vitest';
import { allocate, type DType } from '../../tensor/dtype.ts';
import { halfToFloat } from '../../tensor/half.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import {
  dtypeToOnnx,
  makeModel,
  makeNode,
  makeValueInfo,
  readOnnx,
  tensorToOnnx,
  writeOnnx,
  type OnnxNode,
} from '../onnx/model.ts';
import type { ModelFormat } from './choose-storage.ts';
import { convertNetwork, type Calibration } from './convert-network.ts';

const engine = createOnnxRuntimeEngine();

interface Parts {
  readonly nodes: readonly OnnxNode[];
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly inputs?: Readonly<Record<string, readonly [DType, readonly (number | string | null)[]]>>;
  readonly outputs: readonly string[];
  readonly opset?: number;
}

function onnx({ nodes, constants = {}, inputs = { x: ['float32', [1, 2]] }, outputs, opset = 13 }: Parts) {
  return writeOnnx(
    makeModel(
      {
        name: 'net',
        nodes,
        initializers: Object.entries(constants).map(([name, value]) => tensorToOnnx(name, value)),
        inputs: Object.entries(inputs).map(([name, [dtype, shape]]) => makeValueInfo(name, dtype, shape)),
        outputs: outputs.map((name) => makeValueInfo(name, 'float32')),
      },
      { '': opset },
    ),
  );
}

const floats = (shape: readonly number[], ...values: number[]) =>
  tensor('float32', shape, Float32Array.from(values));

const convert = (bytes: Uint8Array, format: ModelFormat = 'fp16', samples?: readonly Tensor[]) =>
  convertNetwork({
    bytes,
    origin: 'net.onnx',
    engine,
    format,
    rounding: { weights: 'nearest', bias: 'float32' },
    ...(samples
      ? {
          calibration: (inputs): Calibration => ({
            samples: () => samples.map((sample) => new Map([[inputs[0]!.name, sample]])),
            inputRanges: new Map(),
          }),
        }
      : {}),
  });

describe('the plain form', () => {
  test('a free batch becomes 1', async () => {
    const { facts } = await convert(
      onnx({ nodes: [makeNode('Relu', ['x'], ['y'])], inputs: { x: ['float32', ['N', 3]] }, outputs: ['y'] }),
    );

    expect(facts.get('y')).toEqual({ dtype: 'float32', shape: [1, 3] });
  });

  test('halves and doubles become float32, in constants, inputs and casts', async () => {
    const half = tensor('float16', [1], Uint16Array.of(0x3c00));
    const { facts, model } = await convert(
      onnx({
        nodes: [
          makeNode('Add', ['x', 'one'], ['a']),
          makeNode('Cast', ['a'], ['b'], { to: { int: dtypeToOnnx('float64') } }),
          makeNode('Mul', ['b', 'two'], ['y']),
        ],
        constants: { one: half, two: tensor('float64', [1], Float64Array.of(2)) },
        inputs: { x: ['float16', [1, 2]] },
        outputs: ['y'],
      }),
    );

    expect([...facts.values()].map(({ dtype }) => dtype)).toEqual([
      'float32',
      'float32',
      'float32',
      'float32',
    ]);
    expect(model.graph.input[0]!.type!.tensorType!.elemType).toBe(dtypeToOnnx('float32'));
  });

  test('shape arithmetic and decoded weights become constants', async () => {
    const { model, constants } = await convert(
      onnx({
        nodes: [
          makeNode('Shape', ['x'], ['shape']),
          makeNode('Gather', ['shape', 'first'], ['n']),
          makeNode('Concat', ['n', 'rest'], ['target'], { axis: { int: 0 } }),
          makeNode('DequantizeLinear', ['codes', 'scale'], ['w']),
          makeNode('Mul', ['x', 'w'], ['m']),
          makeNode('Reshape', ['m', 'target'], ['y']),
        ],
        constants: {
          first: tensor('int64', [1], BigInt64Array.of(0n)),
          rest: tensor('int64', [1], BigInt64Array.of(-1n)),
          codes: tensor('int8', [2], Int8Array.of(3, -5)),
          scale: floats([], 0.5),
        },
        inputs: { x: ['float32', [1, 2]] },
        outputs: ['y'],
      }),
    );

    const kept = model.graph.node.filter((node) => !constants.decoders.has(node));
    expect(kept.map(({ opType }) => opType)).toEqual(['Mul', 'Reshape']);
    expect(constants.byValue.get(kept[0]!.input[1]!)?.storage.dtype).toBe('float16');
  });

  test('copies are taken out, and an output keeps its name', async () => {
    const { model } = await convert(
      onnx({
        nodes: [
          makeNode('Identity', ['x'], ['a']),
          makeNode('Dropout', ['a'], ['b']),
          makeNode('Relu', ['b'], ['c']),
          makeNode('Identity', ['c'], ['y']),
        ],
        outputs: ['y'],
      }),
    );

    expect(model.graph.node.map(({ opType, input, output }) => [opType, input, output])).toEqual([
      ['Relu', ['x'], ['y']],
    ]);
  });

  test('initialisers that are listed as inputs are none', async () => {
    const bytes = onnx({
      nodes: [makeNode('Mul', ['x', 'w'], ['y'])],
      constants: { w: floats([1], 2) },
      inputs: { x: ['float32', [1, 2]], w: ['float32', [1]] },
      outputs: ['y'],
    });

    expect((await convert(bytes)).model.graph.input.map(({ name }) => name)).toEqual(['x']);
  });
});

describe('layers', () => {
  test('class indices and shapes are in none, but leave the network as float32', async () => {
    const { layers, storages } = await convert(
      onnx({ nodes: [makeNode('Relu', ['x'], ['r']), makeNode('ArgMax', ['r'], ['y'])], outputs: ['y'] }),
    );

    expect(layers.map(({ outputs }) => outputs)).toEqual([['r']]);
    expect(storages.get('y')).toEqual({ dtype: 'float32', quantisation: { kind: 'none' } });
  });

  test('a Concat and its inputs share one quantisation, made from all their ranges', async () => {
    const { storages } = await convert(
      onnx({
        nodes: [
          makeNode('Mul', ['x', 'ten'], ['a']),
          makeNode('Abs', ['x'], ['b']),
          makeNode('Concat', ['a', 'b'], ['c'], { axis: { int: 1 } }),
          makeNode('Sigmoid', ['c'], ['y']),
        ],
        constants: { ten: floats([], 10) },
        outputs: ['y'],
      }),
      'u8',
      [floats([1, 2], -5.1, 2)],
    );

    // a: -51 to 20, b: 2 to 5.1.
    const shared = storages.get('c')!;
    expect(storages.get('a')).toEqual(shared);
    expect(storages.get('b')).toEqual(shared);
    expect(shared.quantisation).toMatchObject({ scale: Math.fround(71 / 255), zp: 183 });
  });

  test('what only moves keeps the quantisation of what it moves', async () => {
    const { layers, storages } = await convert(
      onnx({
        nodes: [
          makeNode('Abs', ['x'], ['a']),
          makeNode('Transpose', ['a'], ['t']),
          makeNode('Slice', ['t', 'from', 'to'], ['y']),
        ],
        constants: {
          from: tensor('int64', [1], BigInt64Array.of(0n)),
          to: tensor('int64', [1], BigInt64Array.of(1n)),
        },
        outputs: ['y'],
      }),
      'i8',
      [floats([1, 2], 1, 100)],
    );

    expect(layers.map(({ moves }) => moves)).toEqual([false, true, true]);
    // Although only the first element, 1, arrives there.
    expect(storages.get('y')).toEqual(storages.get('a'));
  });

  test('a fully connected layer from MatMul and Add has a bias with the scale of its sums', async () => {
    const { layers, constants, model } = await convert(
      onnx({
        nodes: [
          makeNode('MatMul', ['x', 'w'], ['m']),
          makeNode('Add', ['m', 'b'], ['s']),
          makeNode('Relu', ['s'], ['y']),
        ],
        constants: { w: floats([2, 1], 2.55, 0), b: floats([1], 1) },
        outputs: ['y'],
      }),
      'u8',
      [floats([1, 2], 255, 0)],
    );

    expect(layers.map(({ nodes }) => nodes.map(({ opType }) => opType))).toEqual([['MatMul', 'Add', 'Relu']]);
    const add = model.graph.node.find(({ opType }) => opType === 'Add')!;
    expect(constants.byValue.get(add.input[1]!)?.storage).toMatchObject({
      dtype: 'int32',
      quantisation: { kind: 'affine', scale: Math.fround(2.55 / 255), zp: 0 },
    });
  });

  test('arguments of operators stay what they are', async () => {
    const { model, constants } = await convert(
      onnx({
        nodes: [makeNode('Clip', ['x', 'low', 'high'], ['y'])],
        constants: { low: floats([], 0.1), high: floats([], 0.7) },
        outputs: ['y'],
      }),
      'u8',
      [floats([1, 2], 0, 1)],
    );

    expect(constants.byValue.size).toBe(0);
    expect(model.graph.node[0]!.input).toEqual(['x', 'low', 'high']);
  });

  test('tables are float16 in every format', async () => {
    const { constants } = await convert(
      onnx({
        nodes: [makeNode('Gather', ['table', 'x'], ['y'])],
        constants: { table: floats([3, 2], 1 / 3, 1, 2, 3, 4, 5) },
        inputs: { x: ['int64', [1]] },
        outputs: ['y'],
      }),
      'i8',
      [tensor('int64', [1], BigInt64Array.of(2n))],
    );

    expect([...constants.byValue.values()].map(({ storage }) => storage.dtype)).toEqual(['float16']);
  });
});

test('shapes that depend on an input’s values are those of the calibration data', async () => {
  const { facts } = await convert(
    onnx({
      nodes: [makeNode('Expand', ['one', 'x'], ['y'])],
      constants: { one: floats([1], 1) },
      inputs: { x: ['int64', [2]] },
      outputs: ['y'],
    }),
    'fp16',
    [tensor('int64', [2], BigInt64Array.of(3n, 4n))],
  );

  expect(facts.get('y')!.shape).toEqual([3, 4]);
});

test('a network of integers has nothing to calibrate', async () => {
  const { layers, storages } = await convert(
    onnx({ nodes: [makeNode('Add', ['x', 'x'], ['y'])], inputs: { x: ['int64', [2]] }, outputs: ['y'] }),
    'u8',
    [tensor('int64', [2], BigInt64Array.of(3n, 4n))],
  );

  expect(layers).toEqual([]);
  expect(storages.get('y')!.dtype).toBe('float32');
});

test('stored weights, decoded, are the converted values', async () => {
  const { model } = await convert(
    onnx({
      nodes: [makeNode('Mul', ['x', 'w'], ['y'])],
      constants: { w: floats([2], 1 / 3, -2) },
      outputs: ['y'],
    }),
  );

  await using loaded = await engine.load(writeOnnx(model), 'net', { optimise: false });
  const outputs = await loaded.run(new Map([['x', floats([1, 2], 1, 1)]]));

  expect(outputs.get('y')).toEqual(floats([1, 2], halfToFloat(0x3555), -2));
});

describe('what cannot be converted is refused', () => {
  const relu = [makeNode('Relu', ['x'], ['y'])];
  const branch = () => {
    const bytes = onnx({ nodes: relu, outputs: ['y'] });
    const inner = readOnnx(bytes, '').graph;
    const node = makeNode('If', ['x'], ['y'], { then_branch: { int: 0 } });
    Object.assign(node.attribute[0]!, { type: 5, g: inner });
    return onnx({ nodes: [node], outputs: ['y'] });
  };
  const nan = floats([1], NaN);

  test.each([
    ['control flow', branch, /node y is If, which has a graph of its own \(then_branch\)/],
    [
      'an old opset',
      () => onnx({ nodes: relu, outputs: ['y'], opset: 6 }),
      /it uses opset 6, at least 7 is needed/,
    ],
    [
      'a free dimension',
      () => onnx({ nodes: relu, outputs: ['y'], inputs: { x: ['float32', [1, 'width']] } }),
      /dimension 1 of input x is free \(width\)/,
    ],
    [
      'weights that are no numbers',
      () => onnx({ nodes: [makeNode('Mul', ['x', 'w'], ['y'])], constants: { w: nan }, outputs: ['y'] }),
      /element 0 of constant w is NaN/,
    ],
    [
      'an output that is constant',
      () => onnx({ nodes: [...relu, makeNode('Shape', ['x'], ['s'])], outputs: ['y', 's'] }),
      /output s does not depend on any input/,
    ],
  ])('%s', async (_what, bytes, message) => {
    await expect(convert(bytes())).rejects.toThrow(message);
  });

  test('a quantised format without calibration data', async () => {
    await expect(convert(onnx({ nodes: relu, outputs: ['y'] }), 'u8')).rejects.toThrow(
      /cannot be calibrated: format u8 needs calibration data/,
    );
  });

  test('calibration data on which a layer overflows', async () => {
    const bytes = onnx({
      nodes: [makeNode('Exp', ['x'], ['e']), makeNode('Relu', ['e'], ['y'])],
      outputs: ['y'],
    });

    await expect(convert(bytes, 'u8', [floats([1, 2], 1, 1000)])).rejects.toThrow(
      /layer e gives 2\.718\d* to Infinity on calibration sample 1/,
    );
  });
});

test.each<DType>(['uint8', 'int8', 'int16', 'int64', 'bool'])('an input of %s is taken', async (dtype) => {
  const { storages } = await convert(
    onnx({
      nodes: [makeNode('Cast', ['x'], ['y'], { to: { int: dtypeToOnnx('float32') } })],
      inputs: { x: [dtype, [1, 2]] },
      outputs: ['y'],
    }),
    'u8',
    [tensor(dtype, [1, 2], allocate(dtype, 2))],
  );

  expect(storages.get('x')!.dtype).toBe(dtype === 'int64' || dtype === 'bool' ? 'float32' : dtype);
});
