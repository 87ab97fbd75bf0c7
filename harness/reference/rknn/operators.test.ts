import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { floatsToHalves, halvesToFloats } from '../../tensor/half.ts';
import { tensor } from '../../tensor/tensor.ts';
import { float16Storage, type TensorStorage } from '../npu-format/tensor-storage.ts';
import { writeOnnx } from '../onnx/model.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import { exampleRknn, i16, u8, type ExampleConstant } from './example-file.ts';
import { importRknn } from './import-rknn.ts';
import { operators } from './operators/operator-table.ts';

// One node each, worked out by hand; shapes are in NumPy's order, parameters as in the file: fastest first.

const engine = createOnnxRuntimeEngine();

interface OneNode {
  readonly op: string;
  readonly nn?: unknown;
  readonly input: readonly number[];
  readonly values: readonly number[];
  readonly constants?: readonly (ExampleConstant | 'data')[];
  readonly shapes: readonly (readonly number[])[];
  /** Formats of the input and of the outputs; float16 if absent. */
  readonly storages?: readonly [TensorStorage, TensorStorage];
}

const halves = (shape: readonly number[], ...values: number[]): ExampleConstant => ({
  codes: tensor('float16', shape, floatsToHalves(values)),
  storage: float16Storage,
});

const fileOf = ({ op, nn, input, constants = [], shapes, storages }: OneNode) =>
  exampleRknn({
    inputs: [{ name: 'data', shape: input, storage: storages?.[0] ?? float16Storage }],
    nodes: [
      {
        name: 'node',
        op,
        nn,
        inputs: ['data', ...constants],
        outputs: shapes.map(() => storages?.[1] ?? float16Storage),
      },
    ],
    outputs: shapes.map((shape, port) => ({ from: port === 0 ? 'node' : `node:${port}`, shape })),
  });

/** Values of every output of the float network and of the converted one. */
async function run(node: OneNode): Promise<{ float: number[][]; converted: number[][] }> {
  const imported = importRknn(fileOf(node), 'node.rknn');
  const floatInput = tensor('float32', node.input, Float32Array.from(node.values));
  const answers: number[][][] = [];
  for (const [model, input] of [
    [imported.floatNetwork(), floatInput],
    [imported.convertedNetwork(), stored(node, node.storages?.[0] ?? float16Storage)],
  ] as const) {
    await using network = await engine.load(writeOnnx(model), 'node', { optimise: true, exactGraph: true });
    const results = await network.run(new Map([[network.inputs[0]!.name, input]]));
    answers.push(
      [...results.values()].map(({ dtype, data }) =>
        dtype === 'float16' ? [...halvesToFloats(data as Uint16Array)] : Array.from(data, Number),
      ),
    );
  }
  return { float: answers[0]!, converted: answers[1]! };
}

/** The values as codes of the input's format; for codes, `values` are the codes themselves. */
function stored({ input, values }: OneNode, { dtype }: TensorStorage) {
  switch (dtype) {
    case 'float16':
      return tensor('float16', input, floatsToHalves(values));
    case 'uint8':
      return tensor('uint8', input, Uint8Array.from(values));
    default:
      return tensor('int16', input, Int16Array.from(values));
  }
}

const plane = [1, 1, 2, 2];
const four = [-1, 2, -3, 8];

describe('computes in both forms', () => {
  test.each<[string, OneNode, number[][]]>([
    ['RELU', { op: 'RELU', input: plane, values: four, shapes: [plane] }, [[0, 2, 0, 8]]],
    ['RELU6', { op: 'RELU6', input: plane, values: four, shapes: [plane] }, [[0, 2, 0, 6]]],
    ['RELU1', { op: 'RELU1', input: plane, values: four, shapes: [plane] }, [[-1, 1, -1, 1]]],
    [
      'CLIP',
      { op: 'CLIP', nn: { clip: { min: -2, max: 5 } }, input: plane, values: four, shapes: [plane] },
      [[-1, 2, -2, 5]],
    ],
    [
      'LEAKY_RELU',
      {
        op: 'LEAKY_RELU',
        nn: { activation: { leaky_ratio: 0.25 } },
        input: plane,
        values: four,
        shapes: [plane],
      },
      [[-0.25, 2, -0.75, 8]],
    ],
    [
      'PRELU with a slope for each channel',
      {
        op: 'PRELU',
        input: [1, 2, 1, 2],
        values: four,
        constants: [halves([2], 0.5, 0.25)],
        shapes: [[1, 2, 1, 2]],
      },
      [[-0.5, 2, -0.75, 8]],
    ],
    ['SIGMOID', { op: 'SIGMOID', input: [1, 1], values: [0], shapes: [[1, 1]] }, [[0.5]]],
    ['TANH', { op: 'TANH', nn: {}, input: [1, 1], values: [0], shapes: [[1, 1]] }, [[0]]],
    [
      'MULTIPLY with a constant that repeats',
      { op: 'MULTIPLY', input: plane, values: four, constants: [halves([1, 1, 1, 1], 3)], shapes: [plane] },
      [[-3, 6, -9, 24]],
    ],
    [
      'SUBTRACT',
      { op: 'SUBTRACT', input: plane, values: four, constants: ['data'], shapes: [plane] },
      [[0, 0, 0, 0]],
    ],
    [
      'PERMUTE: width and height change places',
      {
        op: 'PERMUTE',
        nn: { permute: { perm: [1, 0, 2, 3], dim_num: 4 } },
        input: [1, 1, 1, 4],
        values: four,
        shapes: [[1, 1, 4, 1]],
      },
      [four],
    ],
    [
      'RESHAPE with what is left',
      { op: 'RESHAPE', nn: { reshape: { size: [2, -1] } }, input: plane, values: four, shapes: [[2, 2]] },
      [four],
    ],
    [
      'CONCAT along channels',
      {
        op: 'CONCAT',
        nn: { concat: { axis: 2 } },
        input: [1, 1, 1, 2],
        values: [1, 2],
        constants: [halves([1, 1, 1, 2], 5, 6)],
        shapes: [[1, 2, 1, 2]],
      },
      [[1, 2, 5, 6]],
    ],
    [
      'SPLIT along the width',
      {
        op: 'SPLIT',
        nn: { split: { axis: 0, slices: [1, 3], slices_num: 2 } },
        input: [1, 1, 1, 4],
        values: four,
        shapes: [
          [1, 1, 1, 1],
          [1, 1, 1, 3],
        ],
      },
      [[-1], [2, -3, 8]],
    ],
    [
      'SLICE: width 1 from 1, height 2 from 0',
      {
        op: 'SLICE',
        nn: { slice: { dims: 4, start: [1, 0, 0, 0], length: [1, 2, 1, 1] } },
        input: plane,
        values: four,
        shapes: [[1, 1, 2, 1]],
      },
      [[2, 8]],
    ],
    [
      'STRIDED_SLICE: every other column to the end',
      {
        op: 'STRIDED_SLICE',
        nn: {
          strided_slice: { begin_dims: [0, 0], end_dims: [-1, 1], stride_dims: [2, 1], end_mask: 1 },
        },
        input: [1, 4],
        values: four,
        shapes: [[1, 2]],
      },
      [[-1, -3]],
    ],
    [
      'PAD: one column in front, one row behind',
      {
        op: 'PAD',
        nn: { pad: { front_size: [1, 0, 0, 0], back_size: [0, 1, 0, 0], dim_num: 4, const_val: 0 } },
        input: plane,
        values: four,
        shapes: [[1, 1, 3, 3]],
      },
      [[0, -1, 2, 0, -3, 8, 0, 0, 0]],
    ],
    [
      'SPACE2DEPTH',
      {
        op: 'SPACE2DEPTH',
        nn: { space2depth: { block_size: [2, 2] } },
        input: plane,
        values: four,
        shapes: [[1, 4, 1, 1]],
      },
      [four],
    ],
    [
      'DEPTH2SPACE',
      {
        op: 'DEPTH2SPACE',
        nn: { depth2space: { block_size: 2 } },
        input: [1, 4, 1, 1],
        values: four,
        shapes: [plane],
      },
      [four],
    ],
    [
      'SHUFFLECHANNEL: two groups of two channels',
      {
        op: 'SHUFFLECHANNEL',
        nn: { shufflechannel: { group_number: 2, axis: 2 } },
        input: [1, 4, 1, 1],
        values: four,
        shapes: [[1, 4, 1, 1]],
      },
      [[-1, -3, 2, 8]],
    ],
    [
      'SQUEEZE',
      { op: 'SQUEEZE', nn: { squeeze: { axis: [2] } }, input: plane, values: four, shapes: [[1, 2, 2]] },
      [four],
    ],
    [
      'RESIZE to nearest pixels',
      {
        op: 'RESIZE',
        nn: {
          resize: { type: 'VSI_NN_INTERPOLATION_NEAREST_NEIGHBOR', factor: 0, size: [4, 1] },
        },
        input: [1, 1, 1, 2],
        values: [1, 5],
        shapes: [[1, 1, 1, 4]],
      },
      [[1, 1, 5, 5]],
    ],
    [
      'RESIZE by linear interpolation between aligned corners',
      {
        op: 'RESIZE',
        nn: {
          resize: {
            type: 'VSI_NN_INTERPOLATION_BILINEAR',
            factor: 0,
            size: [5, 1],
            align_corners: true,
            half_pixel_centers: false,
          },
        },
        input: [1, 1, 1, 2],
        values: [1, 5],
        shapes: [[1, 1, 1, 5]],
      },
      [[1, 2, 3, 4, 5]],
    ],
    [
      'BATCH_NORM: mean, variance, gamma, beta',
      {
        op: 'BATCH_NORM',
        nn: { batch_norm: { eps: 0 } },
        input: [1, 1, 1, 2],
        values: [3, 5],
        constants: [halves([1], 1), halves([1], 4), halves([1], 6), halves([1], 10)],
        shapes: [[1, 1, 1, 2]],
      },
      [[16, 22]],
    ],
    [
      'INSTANCE_NORM: beta, gamma',
      {
        op: 'INSTANCE_NORM',
        nn: { instancenorm: { eps: 0 } },
        input: [1, 1, 1, 2],
        values: [3, 5],
        constants: [halves([1], 10), halves([1], 2)],
        shapes: [[1, 1, 1, 2]],
      },
      [[8, 12]],
    ],
    [
      'L2_NORMALIZE along channels',
      {
        op: 'L2_NORMALIZE',
        nn: { l2_normalize: { axis: 2 } },
        input: [1, 2, 1, 1],
        values: [1.5, 2],
        shapes: [[1, 2, 1, 1]],
      },
      [[0.600_097_656_25, 0.799_804_687_5]],
    ],
    [
      'REDUCE to the mean of each row',
      {
        op: 'REDUCE',
        nn: { reduce: { type: 'VSI_NN_REDUCE_MEAN', axis: [0], axis_num: 1, keep_dim: 1 } },
        input: plane,
        values: [1, 2, 3, 6],
        shapes: [[1, 1, 2, 1]],
      },
      [[1.5, 4.5]],
    ],
    [
      'ARGMAX',
      { op: 'ARGMAX', nn: { argmax: { axis: 0 } }, input: [1, 4], values: four, shapes: [[1]] },
      [[3]],
    ],
    [
      'MATRIXMUL by its own transpose',
      {
        op: 'MATRIXMUL',
        nn: { matrixmul: { transpose: [0, 1] } },
        input: [2, 2],
        values: [1, 2, 3, 4],
        constants: ['data'],
        shapes: [[2, 2]],
      },
      [[5, 11, 11, 25]],
    ],
    [
      'SOFTMAX with beta',
      {
        op: 'SOFTMAX',
        nn: { softmax: { beta: 0, axis: 0 } },
        input: [1, 4],
        values: four,
        shapes: [[1, 4]],
      },
      [[0.25, 0.25, 0.25, 0.25]],
    ],
    [
      'POOL with means that count the padding',
      {
        op: 'POOL',
        nn: {
          pool: {
            ksize: [2, 1],
            stride: [1, 1],
            pad: [1, 0, 0, 0],
            type: 'VX_CONVOLUTIONAL_NETWORK_POOLING_AVG',
            round_type: 'VSI_NN_ROUND_FLOOR',
          },
        },
        input: [1, 1, 1, 2],
        values: [4, 8],
        shapes: [[1, 1, 1, 2]],
      },
      [[2, 6]],
    ],
    [
      'POOL with means that do not',
      {
        op: 'POOL',
        nn: {
          pool: {
            ksize: [2, 1],
            stride: [1, 1],
            pad: [1, 0, 0, 0],
            type: 'VX_CONVOLUTIONAL_NETWORK_POOLING_AVG_ANDROID',
          },
        },
        input: [1, 1, 1, 2],
        values: [4, 8],
        shapes: [[1, 1, 1, 2]],
      },
      [[4, 6]],
    ],
    [
      'POOL that rounds up: the last window hangs over',
      {
        op: 'POOL',
        nn: {
          pool: {
            ksize: [2, 1],
            stride: [2, 1],
            pad: [0, 0, 0, 0],
            type: 'VX_CONVOLUTIONAL_NETWORK_POOLING_MAX',
            round_type: 'VSI_NN_ROUND_CEILING',
          },
        },
        input: [1, 1, 1, 3],
        values: [1, 5, 3],
        shapes: [[1, 1, 1, 2]],
      },
      [[5, 3]],
    ],
    [
      'DECONVOLUTION: every pixel becomes a 2x1 stamp',
      {
        op: 'DECONVOLUTION',
        nn: { deconv: { ksize: [2, 1], stride: [2, 1], pad: [0, 0, 0, 0], weights: 1, group: 1 } },
        input: [1, 1, 1, 2],
        values: [1, 3],
        constants: [halves([1, 1, 1, 2], 10, 20), halves([1], 0.5)],
        shapes: [[1, 1, 1, 4]],
      },
      [[10.5, 20.5, 30.5, 60.5]],
    ],
    [
      'DECONVOLUTION with two inputs and two outputs: weights are stored by output',
      {
        op: 'DECONVOLUTION',
        nn: { deconv: { ksize: [1, 1], stride: [1, 1], pad: [0, 0, 0, 0], weights: 2, group: 1 } },
        input: [1, 2, 1, 1],
        values: [1, 3],
        constants: [halves([2, 2, 1, 1], 1, 10, 100, 1000)],
        shapes: [[1, 2, 1, 1]],
      },
      [[31, 3100]],
    ],
    [
      'CONV2D in two groups',
      {
        op: 'CONV2D',
        nn: {
          conv2d: {
            ksize: [1, 1],
            weights: 2,
            stride: [1, 1],
            pad: [0, 0, 0, 0],
            group: 2,
            dilation: [0, 0],
            multiplier: 0,
          },
        },
        input: [1, 2, 1, 1],
        values: [3, 5],
        constants: [halves([2, 1, 1, 1], 10, 100)],
        shapes: [[1, 2, 1, 1]],
      },
      [[30, 500]],
    ],
  ])('%s', async (_, node, expected) => {
    const { float, converted } = await run(node);

    expect(converted).toEqual(expected);
    expect(float.map((values) => values.map((value) => halvesToFloats(floatsToHalves([value]))[0]))).toEqual(
      expected,
    );
  });
});

describe('in whole numbers', () => {
  test('means are exact sums that are divided and rounded once: ties go away from zero', async () => {
    const mean: OneNode = {
      op: 'POOL',
      nn: {
        pool: {
          ksize: [2, 1],
          stride: [2, 1],
          pad: [0, 0, 0, 0],
          type: 'VX_CONVOLUTIONAL_NETWORK_POOLING_AVG',
        },
      },
      input: [1, 1, 1, 4],
      values: [10, 11, 4, 3],
      shapes: [[1, 1, 1, 2]],
      storages: [u8(0.5, 7), u8(0.5, 7)],
    };

    // Codes 10 and 11 are 3 and 4 above zero point 7, 3.5 becomes 4; 4 and 3 are 3 and 4 below, -3.5 becomes -4.
    expect((await run(mean)).converted).toEqual([[11, 3]]);
  });

  test('products of computed matrices beyond float32 are exact', async () => {
    const product: OneNode = {
      op: 'MATRIXMUL',
      nn: { matrixmul: { transpose: [0, 1] } },
      input: [1, 3],
      values: [32_767, 32_767, 1],
      constants: ['data'],
      shapes: [[1, 1]],
      // 2 * 32767^2 + 1 = 2147352579, in steps of 2^17: 16383.0 and a hair.
      storages: [i16(0), i16(-17)],
    };

    expect((await run(product)).converted).toEqual([[16_383]]);
  });
});

test.each([
  ['toward-zero', [1.9990234375, -1.9990234375, 2 ** -24, 65_504]],
  ['half-to-even', [2, -2, 2 ** -23, Infinity]],
] as const)('halves are rounded %s where that is asked for', async (float16Rounding, expected) => {
  const file = fileOf({
    op: 'MULTIPLY',
    input: [1, 4],
    values: [],
    constants: [halves([1, 4], 1.4140625, -1.4140625, 2 ** -24, 60_000)],
    shapes: [[1, 4]],
  });
  const model = importRknn(file, 'node.rknn', { arithmetic: { float16Rounding } }).convertedNetwork();
  await using network = await engine.load(writeOnnx(model), 'node', { optimise: true, exactGraph: true });

  // 1.4140625 squared is 1.99957, between the halves 1.9990234375 and 2, and nearer to 2; 75,000 is beyond all halves.
  const input = tensor('float16', [1, 4], floatsToHalves([1.4140625, 1.4140625, 1.5, 1.25]));
  const [output] = [...(await network.run(new Map([[network.inputs[0]!.name, input]]))).values()];

  expect([...halvesToFloats(output!.data as Uint16Array)]).toEqual(expected);
});

test('the documentation lists every operator', () => {
  const page = readFileSync(new URL('../../../docs/real-rknn-files.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('## Operators');
  const listed = section.split('## ')[0]!.split('Not supported')[0]!;

  const missing = Object.keys(operators).filter((name) => !listed.includes(`\`${name}\``));

  expect(missing).toEqual([]);
});
