import { describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../harness/reference/onnx-runtime-engine.ts';
import { readOnnx, tensorFromOnnx } from '../../../harness/reference/onnx/model.ts';
import { readRknn } from '../../../harness/reference/rknn-file/rknn-file.ts';
import { storageFromRknn, tensorAttributes } from '../../../harness/reference/rknn-file/tensor-attributes.ts';
import { halfToFloat } from '../../../harness/tensor/half.ts';
import { bytesOf } from '../../../harness/tensor/dtype.ts';
import { tensor } from '../../../harness/tensor/tensor.ts';
import { exampleOnnx, type ExampleNetwork } from '../npu/example-model.ts';
import { buildVirtualModel } from './build-model.ts';
import { parseConverterConfig } from './converter-config.ts';
import type { DatasetSample, LoadPicture } from './dataset.ts';

const engine = createOnnxRuntimeEngine();

/** Convolution with BatchNorm and ReLU on a 2x2 colour picture, then a classifier. */
const network: ExampleNetwork = {
  input: [1, 3, 2, 2],
  nodes: [
    {
      op: 'Conv',
      in: ['data', 'w'],
      out: 'conv',
      attributes: { pads: { ints: [0, 1, 0, 1] }, strides: { ints: [1, 2] }, kernel_shape: { ints: [2, 3] } },
    },
    {
      op: 'BatchNormalization',
      in: ['conv', 'gamma', 'beta', 'mean', 'variance'],
      out: 'bn',
      attributes: { epsilon: { float: 0 } },
    },
    { op: 'Relu', in: ['bn'], out: 'relu' },
    { op: 'Flatten', in: ['relu'], out: 'flat' },
    { op: 'Gemm', in: ['flat', 'wf', 'bf'], out: 'fc' },
    { op: 'Softmax', in: ['fc'], out: 'prob' },
  ],
  constants: {
    w: { shape: [2, 3, 2, 3], values: Array.from({ length: 36 }, (_, i) => i / 36) },
    gamma: { shape: [2], values: [2, 1] },
    beta: { shape: [2], values: [1, 0] },
    mean: { shape: [2], values: [3, 0] },
    variance: { shape: [2], values: [4, 1] },
    wf: { shape: [2, 2], values: [1, -1, 0.5, 2] },
    bf: { shape: [2], values: [0.25, -0.25] },
  },
};

const grey =
  (value: number): LoadPicture =>
  (_path, { width, height, channels }) =>
    Promise.resolve(new Uint8Array(width * height * channels).fill(value));
const pictures = (...values: number[]): DatasetSample[] =>
  values.map((value) => [{ kind: 'picture', path: `${value}.png`, load: grey(value) }]);

const build = (
  config: Readonly<Record<string, unknown>>,
  dataset: readonly DatasetSample[] = pictures(0, 255),
) =>
  buildVirtualModel({
    onnx: exampleOnnx(network),
    origin: 'net.onnx',
    name: 'net',
    config: parseConverterConfig(config, 'net.yaml'),
    dataset,
    engine,
  });
const describeModel = async (...parameters: Parameters<typeof build>) =>
  readRknn(await build(...parameters), 'net.rknn');

const preprocessing = { mean_values: [[128, 128, 128]], std_values: [[1, 1, 1]], reorder_channel: '2 1 0' };

describe('the description', () => {
  test('says what the vendor’s says of platform, toolkit and preprocessing', async () => {
    const { trailer, containerVersion } = await describeModel({
      ...preprocessing,
      toolkit: '1.7.1',
      optimization_level: 2,
    });

    expect(containerVersion).toBe(1);
    expect(trailer).toMatchObject({
      target_platform: ['HIL-VIRTUAL-RK1808'],
      version: '1.7.1',
      name: 'net',
      input_fmt: 0,
      input_transpose: 1,
      optimization_level: 2,
      mean_value: [128, 128, 128],
      mean_value_chns: [3],
      std_value: [1, 1, 1],
      reorder: [2, 1, 0],
      pre_compile: 0,
      node_num: 5,
      input_num: 1,
      output_num: 1,
      hil_virtual: { payload: 'onnx', schema: 1 },
    });
  });

  test('lists the nodes after folding, with uids that count up from the output', async () => {
    const { trailer } = await describeModel(preprocessing);

    expect(trailer.nodes!.map(({ lid, op }) => [lid, op])).toEqual([
      ['Conv_bn_5', 'VSI_NN_OP_CONV2D'],
      ['Relu_relu_4', 'VSI_NN_OP_RELU'],
      ['Flatten_flat_3', 'VSI_NN_OP_RESHAPE'],
      ['Gemm_fc_2', 'VSI_NN_OP_FCL'],
      ['Softmax_prob_1', 'VSI_NN_OP_SOFTMAX'],
    ]);
    expect(trailer.nodes![0]!['nn']).toEqual({
      conv2d: {
        ksize: [3, 2],
        weights: 2,
        stride: [2, 1],
        pad: [1, 1, 0, 0],
        group: 1,
        dilation: [1, 1],
        multiplier: 0,
      },
    });
  });

  test('connects nodes with each other, with constants and with the edges of the network', async () => {
    const { trailer } = await describeModel(preprocessing);
    const into = (id: number) =>
      trailer.connection!.filter((edge) => edge.node_id === id && edge.left === 'input');

    expect(into(0).map((edge) => edge.right_tensor)).toEqual([
      { type: 'norm_tensor', tensor_id: 1 },
      { type: 'const_tensor', tensor_id: 0 },
      { type: 'const_tensor', tensor_id: 1 },
    ]);
    expect(into(1).map((edge) => edge.right_node)).toEqual([{ node_id: 0, tensor_id: 0 }]);
    expect(trailer.connection!.at(-1)).toMatchObject({
      node_id: 4,
      left: 'output',
      right_tensor: { type: 'norm_tensor', tensor_id: 0 },
    });
  });

  test('gives a fused chain one quantisation, and leaves the softmax in float16', async () => {
    const { trailer } = await describeModel(preprocessing);
    const dtypes = trailer.virtual_tensor!.map(({ dtype }) => dtype);

    expect(dtypes).toHaveLength(4);
    expect(dtypes[0]).toEqual(dtypes[1]);
    expect(dtypes[1]).toEqual(dtypes[2]);
    expect(dtypes[3]!.scale).not.toBe(dtypes[0]!.scale);
    expect(tensorAttributes(trailer, 'output', '')[0]).toMatchObject({
      name: 'prob',
      shape: [1, 2],
      dtype: 'float16',
    });
  });

  test('describes pictures by the range of their pixels, not by that of the samples', async () => {
    const { trailer } = await describeModel(preprocessing, pictures(100, 140));

    expect(tensorAttributes(trailer, 'input', '')[0]).toMatchObject({
      shape: [1, 3, 2, 2],
      dtype: 'uint8',
      layout: 'NCHW',
      quantisation: { kind: 'affine', scale: 1, zp: 128 },
    });
  });

  test('keeps the relation of bias, input and weights that the runtime checks', async () => {
    const { trailer } = await describeModel(preprocessing);
    const scaleOf = ({ dtype }: { dtype: { scale?: number | undefined } }) => dtype.scale!;
    const [weights, bias, gemmWeights, gemmBias] = trailer.const_tensor!;
    const [input] = trailer.norm_tensor.filter(({ url }) => url === 'data');

    expect(scaleOf(bias!)).toBeCloseTo(scaleOf(input!) * scaleOf(weights!), 8);
    expect(bias!.dtype).toMatchObject({ vx_type: 'VSI_NN_TYPE_INT32', zero_point: 0 });
    expect(scaleOf(gemmBias!)).toBeCloseTo(scaleOf(trailer.virtual_tensor![2]!) * scaleOf(gemmWeights!), 8);
  });

  test('of a precompiled model shows one opaque node', async () => {
    const { trailer } = await describeModel({ ...preprocessing, pre_compile: true });

    expect(trailer).toMatchObject({ pre_compile: 1, pre_compile_version: 1, node_num: 1, const_tensor: [] });
    expect(trailer.nodes).toMatchObject([{ op: 'VSI_NN_OP_NBG' }]);
  });
});

describe('constants', () => {
  test('lie in the payload where the description says', async () => {
    const { trailer, payload } = await describeModel(preprocessing);
    const model = readOnnx(payload, 'payload');
    const stored = new Map(
      model.graph.initializer.map((constant) => [constant.name, tensorFromOnnx(constant, '')]),
    );
    const [weights] = trailer.const_tensor!;

    const bytes = payload.subarray(weights!.offset, weights!.offset + weights!.len);

    expect(weights!.size).toEqual([3, 2, 3, 2]);
    expect(bytes).toEqual(
      bytesOf([...stored.values()].find(({ dtype, shape }) => dtype === 'uint8' && shape.length === 4)!.data),
    );
  });

  test('hold the BatchNorm: weights times gamma / sqrt(variance), and its shift as bias', async () => {
    const { trailer, payload } = await describeModel({ do_quantization: false }, []);
    const [weights, bias] = trailer.const_tensor!.map((constant) => {
      const bytes = payload.slice(constant.offset, constant.offset + constant.len);
      const { dtype } = storageFromRknn(constant.dtype, '');
      return dtype === 'float16'
        ? [...new Uint16Array(bytes.buffer)].map(halfToFloat)
        : [...new Float32Array(bytes.buffer)];
    });

    // Both channels: gamma / sqrt(variance) = 1. Shift: 1 - 3 * 1 = -2, and 0.
    expect(weights!).toHaveLength(36);
    expect(weights![18]).toBe(0.5);
    expect(weights![9]).toBe(0.25);
    expect(bias).toEqual([-2, 0]);
  });

  test('take the bytes of their format', async () => {
    const constantBytes = async (config: Readonly<Record<string, unknown>>) =>
      (await describeModel({ ...preprocessing, ...config })).trailer.const_tensor!.map(({ len }) => len);

    // 36 weights and 2 biases, 4 weights and 2 biases.
    expect(await constantBytes({ do_quantization: false })).toEqual([72, 8, 8, 8]);
    expect(await constantBytes({})).toEqual([36, 8, 4, 8]);
    expect(await constantBytes({ quantized_dtype: 'dynamic_fixed_point-i8' })).toEqual([36, 8, 4, 8]);
    expect(await constantBytes({ quantized_dtype: 'dynamic_fixed_point-i16' })).toEqual([72, 16, 8, 16]);
  });
});

test('the same request gives the same bytes', async () => {
  expect(Buffer.compare(await build(preprocessing), await build(preprocessing))).toBe(0);
});

describe('what does not fit together is refused', () => {
  const floatTensor = (shape: number[]) =>
    tensor('float32', shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));
  const array = (shape: number[]): DatasetSample[] => [
    [{ kind: 'array', path: 'a.npy', load: () => Promise.resolve(floatTensor(shape)) }],
  ];

  test.each([
    ['no dataset', {}, [], /net\.onnx cannot be calibrated: its dataset is empty/],
    [
      'means of another channel count',
      { mean_values: [[1]] },
      pictures(1),
      /mean_values\[0\] has 1 entries, but input data \(1x3x2x2\) has 3 channels/,
    ],
    [
      'preprocessing of another input count',
      { mean_values: [[1, 1, 1], [1]] },
      pictures(1),
      /are for 2 inputs, but the network has 1: data/,
    ],
    [
      'runs with too many files',
      {},
      [[...pictures(1), ...pictures(2)].flat()],
      /run 1 of the dataset has 2 files, but the network has 1 inputs/,
    ],
    [
      'an array of another size',
      {},
      array([1, 3, 3, 3]),
      /a\.npy is 1x3x3x3, but input data needs 1x2x2x3 \(NHWC\)/,
    ],
    [
      'an array with a reorder',
      { reorder_channel: '2 1 0' },
      array([1, 2, 2, 3]),
      /reorder_channel "2 1 0" does not act on arrays/,
    ],
  ])('%s', async (_what, config, dataset, message) => {
    await expect(build(config, dataset)).rejects.toThrow(message);
  });
});

describe('calibration data', () => {
  const oneToOne: ExampleNetwork = {
    input: [1, 3, 1, 1],
    nodes: [{ op: 'Abs', in: ['data'], out: 'y' }],
  };
  const rangeOf = async (config: Readonly<Record<string, unknown>>, item: DatasetSample[number]) => {
    const model = await buildVirtualModel({
      onnx: exampleOnnx(oneToOne),
      origin: 'net.onnx',
      name: 'net',
      config: parseConverterConfig(config, 'net.yaml'),
      dataset: [[item]],
      engine,
    });
    const [output] = tensorAttributes(readRknn(model, 'net.rknn').trailer, 'output', '');
    return output!.quantisation.kind === 'affine' ? output!.quantisation.scale * 255 : undefined;
  };
  const rgb: LoadPicture = () => Promise.resolve(Uint8Array.of(10, 20, 30));

  test('pictures are reordered, then mean and std are applied', async () => {
    const picture = { kind: 'picture', path: 'a.png', load: rgb } as const;
    const last = { mean_values: [[0, 0, 30]], std_values: [[1, 1, 0.1]] };

    // |20| is the largest unless the channel that is multiplied by ten is the swapped one: |10 - 30| * 10.
    expect(await rangeOf(last, picture)).toBeCloseTo(20, 4);
    expect(await rangeOf({ ...last, reorder_channel: '2 1 0' }, picture)).toBeCloseTo(200, 4);
  });

  test('arrays are interleaved, and mean and std are applied', async () => {
    const load = () => Promise.resolve(tensor('float64', [1, 1, 1, 3], Float64Array.of(10, 20, 30)));

    expect(await rangeOf({ std_values: [[1, 1, 2]] }, { kind: 'array', path: 'a.npy', load })).toBeCloseTo(
      20,
      4,
    );
  });

  test('tensors are the network’s own input', async () => {
    const own = tensor('float32', [1, 3, 1, 1], Float32Array.of(-50, 20, 30));

    expect(await rangeOf({ std_values: [[5, 5, 5]] }, { kind: 'tensor', tensor: own })).toBeCloseTo(50, 4);
  });
});
