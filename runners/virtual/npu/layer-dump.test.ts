import { describe, expect, test } from 'vitest';
import { buildExample, floatInput, loadExample, type ExampleNetwork } from './example-model.ts';
import { personalities, simulatedSdks } from './personality.ts';

/** The pattern that all dump names of the vendor's drivers follow. */
const dumpName =
  /^NodeID_(?<node>\d+)_(?<kind>[A-Za-z0-9_]+?)_w_(?<w>\d+)_h_(?<h>\d+)_d_(?<d>\d+)_batchID_(?<batch>\d+)_out_(?<out>\d+)\.txt$/;

const ones = (count: number) => Array.from({ length: count }, () => 1);

/** Two convolutions with a shortcut around the second, and a classifier. */
const residual: ExampleNetwork = {
  input: [1, 1, 8, 16],
  nodes: [
    { op: 'Conv', in: ['data', 'w1'], out: 'conv1' },
    { op: 'Relu', in: ['conv1'], out: 'relu1' },
    { op: 'Conv', in: ['relu1', 'w2'], out: 'conv2' },
    { op: 'Add', in: ['conv2', 'relu1'], out: 'sum' },
    { op: 'Relu', in: ['sum'], out: 'relu2' },
    { op: 'GlobalAveragePool', in: ['relu2'], out: 'pool' },
    { op: 'Flatten', in: ['pool'], out: 'flat' },
    { op: 'Gemm', in: ['flat', 'wf'], out: 'fc' },
    { op: 'Softmax', in: ['fc'], out: 'prob' },
  ],
  constants: {
    w1: { shape: [2, 1, 1, 1], values: [1, -1] },
    w2: { shape: [2, 2, 1, 1], values: [1, 0, 0, 1] },
    wf: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
  },
};

async function dump(network: ExampleNetwork, config: Readonly<Record<string, unknown>> = {}) {
  const { context, log, print } = await loadExample(await buildExample(network, config));
  await using _ = context;
  const layers = await context.layers([floatInput(ones(network.input.reduce((a, b) => a * b, 1)))], print);
  return { layers, log, names: layers.map(({ name }) => name) };
}

describe('a dump of a normal model', () => {
  test('has one file for each fused layer, numbered as the driver numbers its nodes', async () => {
    const { names } = await dump(residual);

    // Nine nodes: 0 to 8. Convolutions and the classifier are built anew (9, 10, 11), the rewritten addition after them.
    expect(names).toEqual([
      'NodeID_9_ConvolutionReluPoolingLayer2_w_16_h_8_d_2_batchID_0_out_0.txt',
      'NodeID_10_ConvolutionReluPoolingLayer2_w_16_h_8_d_2_batchID_0_out_0.txt',
      'NodeID_12_ConvolutionReluPoolingLayer2_w_128_h_2_d_1_batchID_0_out_0.txt',
      'NodeID_5_PoolingLayer2_w_1_h_1_d_2_batchID_0_out_0.txt',
      'NodeID_11_FullyConnectedReluLayer_w_3_h_1_d_1_batchID_0_out_0.txt',
      'NodeID_8_SoftMax2_w_3_h_1_d_1_batchID_0_out_0.txt',
    ]);
    for (const name of names) expect(name).toMatch(dumpName);
  });

  test('leaves additions as they are below optimisation level 3', async () => {
    const { names } = await dump(residual, { optimization_level: 2 });

    expect(names[2]).toBe('NodeID_11_TensorAdd_w_16_h_8_d_2_batchID_0_out_0.txt');
  });

  test('holds real values in planes', async () => {
    const { layers } = await dump(residual);

    // Channel 0: 1, channel 1: relu(-1) = 0; with the shortcut 2 and 0; classifier row 2 * (1, 2, 3).
    expect(layers[0]!.tensor.shape).toEqual([2, 8, 16]);
    expect([...layers[0]!.tensor.data]).toEqual([...ones(128), ...ones(128).map(() => 0)]);
    expect(layers[2]!.tensor.shape).toEqual([1, 2, 128]);
    expect([...layers[2]!.tensor.data].slice(0, 128)).toEqual(ones(128).map(() => 2));
    expect([...layers[4]!.tensor.data]).toEqual([2, 4, 6]);
  });

  test('gives the numbers of a run without a dump', async () => {
    const { context, print } = await loadExample(await buildExample(residual));
    await using _ = context;
    const input = floatInput(Array.from({ length: 128 }, (__, i) => Math.sin(i)));

    const plain = await context.run([input], print);
    const layers = await context.layers([input], print);
    const again = await context.run([input], print);

    expect(again.outputs[0]!.tensor).toEqual(plain.outputs[0]!.tensor);
    const prob = layers.at(-1)!.tensor.data;
    expect([...prob].reduce<number>((sum, p) => sum + Number(p), 0)).toBeCloseTo(1, 2);
  });

  test('prints a line for each layer, and which node is which layer', async () => {
    const { log } = await dump(residual);

    expect(log.slice(1)).toEqual([
      '***********dump layer : 0***************',
      '***********dump layer : 1***************',
      '***********dump layer : 2***************',
      '***********dump layer : 3***************',
      '***********dump layer : 4***************',
      '***********dump layer : 5***************',
      'virtual board: NodeID_To_LayerName.txt follows',
      'NodeID\t LayerName',
      ' 9\tRelu_relu1_8',
      ' 10\tConv_conv2_7',
      ' 12\tRelu_relu2_5',
      ' 5\tGlobalAveragePool_pool_4',
      ' 11\tGemm_fc_2',
      ' 8\tSoftmax_prob_1',
    ]);
  });
});

test('a batch has one file for each image', async () => {
  const { names, layers } = await dump({
    input: [2, 1, 1, 3],
    nodes: [{ op: 'Sigmoid', in: ['data'], out: 'y' }],
  });

  expect(names).toEqual([
    'NodeID_0_TensorSigmoid_w_3_h_1_d_1_batchID_0_out_0.txt',
    'NodeID_0_TensorSigmoid_w_3_h_1_d_1_batchID_1_out_0.txt',
  ]);
  expect(layers[1]!.tensor.shape).toEqual([1, 1, 3]);
});

test('a small max pooling is fused, a large one and one with padding are not', async () => {
  const pooled = (attributes: Record<string, { ints: number[] }>): ExampleNetwork => ({
    input: [1, 1, 8, 8],
    nodes: [
      { op: 'Conv', in: ['data', 'w'], out: 'conv' },
      { op: 'Relu', in: ['conv'], out: 'relu' },
      { op: 'MaxPool', in: ['relu'], out: 'pool', attributes },
    ],
    constants: { w: { shape: [1, 1, 1, 1], values: [1] } },
  });
  const stride = { strides: { ints: [2, 2] } };

  const small = await dump(pooled({ kernel_shape: { ints: [3, 3] }, ...stride }));
  const large = await dump(pooled({ kernel_shape: { ints: [4, 4] }, ...stride }));
  const padded = await dump(
    pooled({ kernel_shape: { ints: [3, 3] }, pads: { ints: [1, 1, 1, 1] }, ...stride }),
  );

  expect(small.names).toEqual(['NodeID_3_ConvolutionReluPoolingLayer2_w_3_h_3_d_1_batchID_0_out_0.txt']);
  expect(large.names).toHaveLength(2);
  expect(padded.names[1]).toBe('NodeID_2_PoolingLayer2_w_4_h_4_d_1_batchID_0_out_0.txt');
});

test.each(simulatedSdks)('a quantised network that ends in logits shows them too, on %s', async (sdk) => {
  const logits: ExampleNetwork = {
    input: [1, 2],
    nodes: [{ op: 'Gemm', in: ['data', 'w'], out: 'fc' }],
    constants: { w: { shape: [2, 2], values: [1, 0, 0, 1] } },
  };
  const model = await buildExample(logits, {}, [[0, 255]]);
  const { context, print } = await loadExample(model, personalities[sdk]);
  await using _ = context;

  const layers = await context.layers([floatInput([3, 250])], print);

  expect([...layers[0]!.tensor.data]).toEqual([3, 250]);
});

test('of a precompiled model only the network’s output is dumped', async () => {
  const { names, layers } = await dump(residual, { pre_compile: true });

  expect(names).toEqual(['NodeID_0_NetworkBinaryGraph_w_3_h_1_d_1_batchID_0_out_0.txt']);
  expect(layers[0]!.tensor.data).toHaveLength(3);
});
