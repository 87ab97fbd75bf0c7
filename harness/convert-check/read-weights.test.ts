import { expect, test } from 'vitest';
import { readRknn } from '../reference/rknn-file/rknn-file.ts';
import { exampleRknn, i32, u8 } from '../reference/rknn/example-file.ts';
import { readGraph } from '../reference/rknn/read-graph.ts';
import { tensor } from '../tensor/tensor.ts';
import { readWeights } from './read-weights.ts';

const graphWith = (codes: readonly number[]) => {
  const conv2d = { ksize: [1, 1], weights: 2, stride: [1, 1], pad: [0, 0, 0, 0], group: 1, dilation: [1, 1] };
  const bytes = exampleRknn({
    inputs: [{ name: 'data', shape: [1, 2, 4, 4], storage: u8(1, 0) }],
    nodes: [
      {
        name: 'Conv_conv1_9',
        op: 'CONV2D',
        nn: { conv2d },
        inputs: [
          'data',
          {
            codes: tensor('uint8', [2, codes.length / 2, 1, 1], Uint8Array.from(codes)),
            storage: u8(0.5, 100),
          },
          { codes: tensor('int32', [2], Int32Array.of(0, 0)), storage: i32(0.5) },
        ],
        outputs: [u8(1, 0)],
      },
    ],
    outputs: [{ from: 'Conv_conv1_9', shape: [1, 2, 4, 4] }],
  });
  return readGraph(readRknn(bytes, 'net.rknn'), 'net.rknn');
};

test('signal to rounding noise and the outlier are those worked by hand', () => {
  // Steps 3, -3, 9, -9: mean square 45, deviation the same root; noise of rounding is 1/12.
  const [found] = readWeights(graphWith([103, 97, 109, 91]));

  expect(found!.snrDb).toBeCloseTo(10 * Math.log10(45 * 12), 6);
  expect(found!.outlier).toBeCloseTo(9 / Math.sqrt(45), 6);
  expect(found).toMatchObject({ node: 'Conv_conv1', lid: 'Conv_conv1_9', coarseChannels: 0, channels: 2 });
});

test('a channel whose weights are all within two steps of zero is counted, one of zeros is not', () => {
  const [small] = readWeights(graphWith([102, 99, 150, 40]));
  const [zero] = readWeights(graphWith([100, 100, 150, 40]));

  expect(small!.coarseChannels).toBe(1);
  expect(zero!.coarseChannels).toBe(0);
});
