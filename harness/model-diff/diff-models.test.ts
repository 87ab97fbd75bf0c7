import { expect, test } from 'vitest';
import { HilError } from '../hil-error.ts';
import { makeModel, makeNode, makeValueInfo, tensorToOnnx } from '../reference/onnx/model.ts';
import { type ExampleRknn, exampleRknn, i32, u8 } from '../reference/rknn/example-file.ts';
import { tensor } from '../tensor/tensor.ts';
import { diffModels } from './diff-models.ts';
import { floatConstants } from './float-constants.ts';

/** conv (1x1, two channels) and ReLU; weights are 0.5, -0.25, 1 and 0 at a step of 1/100 around 100. */
const network = ({
  codes = [150, 75, 200, 100],
  weightScale = 0.01,
  outputScale = 0.02,
  convName = 'Conv_conv1_9',
  reluName = 'Relu_relu1_8',
  nodes = [],
  trailer = {},
}: {
  codes?: readonly number[];
  weightScale?: number;
  outputScale?: number;
  convName?: string;
  reluName?: string;
  nodes?: ExampleRknn['nodes'];
  trailer?: ExampleRknn['trailer'];
} = {}) => ({
  file: 'net.rknn',
  bytes: exampleRknn({
    inputs: [{ name: 'data', shape: [1, 2, 4, 4], storage: u8(1, 0) }],
    nodes: [
      {
        name: convName,
        op: 'CONV2D',
        nn: {
          conv2d: {
            ksize: [1, 1],
            weights: 2,
            stride: [1, 1],
            pad: [0, 0, 0, 0],
            group: 1,
            dilation: [1, 1],
            multiplier: 0,
          },
        },
        inputs: [
          'data',
          { codes: tensor('uint8', [2, 2, 1, 1], Uint8Array.from(codes)), storage: u8(weightScale, 100) },
          { codes: tensor('int32', [2], Int32Array.of(7, -7)), storage: i32(weightScale) },
        ],
        outputs: [u8(outputScale, 0)],
      },
      { name: reluName, op: 'RELU', inputs: [convName], outputs: [u8(outputScale, 0)] },
      ...nodes,
    ],
    outputs: [{ from: nodes.at(-1)?.name ?? reluName, shape: [1, 2, 4, 4] }],
    trailer: { ...trailer },
  }),
});

test('a file differs from itself in nothing, and says how much was compared', () => {
  const diff = diffModels(network(), network());

  expect(diff).toMatchObject({
    description: [],
    nodes: [],
    fusions: { before: [], after: [] },
    tensors: [],
    constants: [],
    compared: { nodes: 2, tensors: 2, constants: 2 },
  });
});

test('numbers that a converter counts anew are no difference', () => {
  const renumbered = network({ convName: 'Conv_conv1_77', reluName: 'Relu_relu1_76' });

  const { nodes, compared } = diffModels(network(), renumbered);

  expect(nodes).toEqual([]);
  expect(compared.nodes).toBe(2);
});

test('other preprocessing is told with what it means', () => {
  const { description } = diffModels(
    network({ trailer: { version: '1.6.1', std_value: [1, 1] } }),
    network({ trailer: { version: '1.7.5', std_value: [58, 58] } }),
  );

  expect(description).toEqual([
    { field: 'version', before: '"1.6.1"', after: '"1.7.5"', meaning: undefined },
    {
      field: 'std_value',
      before: '[1,1]',
      after: '[58,58]',
      meaning: 'the runtime divides the input by something else',
    },
  ]);
});

test('weights that were rounded otherwise are counted and measured by hand-worked numbers', () => {
  // 0.5 becomes 0.52: of four values with a sum of squares of 1.3125 one is 0.02 off.
  const { constants } = diffModels(network(), network({ codes: [152, 75, 200, 100] }));

  expect(constants).toHaveLength(1);
  expect(constants[0]).toMatchObject({ node: 'Conv_conv1', role: 'weight', elements: 4, codesChanged: 1 });
  expect(constants[0]!.relative).toBeCloseTo(0.02 / Math.sqrt(1.3125), 6);
  expect(constants[0]!.maxAbs).toBeCloseTo(0.02, 6);
});

test('another scale changes the values of equal codes, and bits cannot be counted', () => {
  const { constants } = diffModels(network(), network({ weightScale: 0.011 }));

  expect(constants.map(({ role, codesChanged }) => [role, codesChanged])).toEqual([
    ['weight', undefined],
    ['bias', undefined],
  ]);
  expect(constants[0]!.relative).toBeCloseTo(0.1, 6);
});

test('each file’s weights are held against the float network’s', () => {
  const float = makeModel(
    {
      name: 'float',
      nodes: [makeNode('Conv', ['data', 'w'], ['y'])],
      initializers: [tensorToOnnx('w', tensor('float32', [2, 2, 1, 1], Float32Array.of(0.5, -0.25, 1, 0)))],
      inputs: [makeValueInfo('data', 'float32', [1, 2, 4, 4])],
      outputs: [makeValueInfo('y', 'float32', [1, 2, 4, 4])],
    },
    { '': 13 },
  );

  const { constants } = diffModels(
    network(),
    network({ codes: [152, 75, 200, 100] }),
    floatConstants(float, 'float.onnx'),
  );

  expect(constants[0]!.againstFloat!.before).toBeCloseTo(0, 6);
  expect(constants[0]!.againstFloat!.after).toBeCloseTo(0.02 / Math.sqrt(1.3125), 6);
});

test('other formats of layers are told with the ratio of their steps', () => {
  const { tensors } = diffModels(network(), network({ outputScale: 0.03 }));

  expect(tensors.map(({ node }) => node)).toEqual(['Conv_conv1', 'Relu_relu1']);
  expect(tensors[0]!.stepRatio).toBeCloseTo(1.5, 6);
});

test('steps that only one file has are told, with what is fused otherwise', () => {
  const withMore = network({
    nodes: [{ name: 'Sigmoid_gate_3', op: 'SIGMOID', inputs: ['Relu_relu1_8'], outputs: [u8(0.02, 0)] }],
  });

  const diff = diffModels(network(), withMore);

  expect(diff.nodes).toEqual([{ change: 'added', node: 'Sigmoid_gate', op: 'SIGMOID' }]);
  expect(diffModels(withMore, network()).nodes).toEqual([
    { change: 'removed', node: 'Sigmoid_gate', op: 'SIGMOID' },
  ]);
});

test('a step that is another operator now is told, and no longer fused', () => {
  const other = network();
  const swapped = { ...other, bytes: replaced(other.bytes, '"VSI_NN_OP_RELU"', '"VSI_NN_OP_TANH"') };

  const { nodes, fusions } = diffModels(network(), swapped);

  expect(nodes).toEqual([{ change: 'altered', node: 'Relu_relu1', op: 'TANH', what: ['op RELU → TANH'] }]);
  expect(fusions).toEqual({ before: ['Conv_conv1 + Relu_relu1'], after: [] });
});

test('parameters that differ are told by their path', () => {
  const other = network();
  const padded = { ...other, bytes: replaced(other.bytes, '"pad":[0,0,0,0]', '"pad":[1,1,0,0]') };

  const { nodes } = diffModels(network(), padded);

  expect(nodes).toEqual([
    { change: 'altered', node: 'Conv_conv1', op: 'CONV2D', what: ['conv2d.pad [0,0,0,0] → [1,1,0,0]'] },
  ]);
});

test('a pre-compiled file is refused with what to ask of the converter', () => {
  const precompiled = network({ trailer: { pre_compile: 1 } });

  const diffing = () => diffModels(network(), precompiled);

  expect(diffing).toThrow('net.rknn is pre-compiled');
  expect(diffing).toThrow(HilError);
});

/** Text of the description replaced by another of the same length. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const at = Buffer.from(bytes).indexOf(from);
  expect(at).toBeGreaterThan(0);
  const copy = Uint8Array.from(bytes);
  copy.set(Buffer.from(to), at);
  return copy;
}
