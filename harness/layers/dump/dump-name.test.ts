import { expect, test } from 'vitest';
import { parseDumpName } from './dump-name.ts';

const conv = { kind: 'ConvolutionReluPoolingLayer2', batch: 0, out: 0, contents: 'text' } as const;

test.each([
  [
    'tensorName_uid_4_out_0_0000_NodeID_108_ConvolutionReluPoolingLayer2_w_112_h_112_d_64_batchID_0_out_0.txt',
    {
      ...conv,
      tensorName: 'uid_4_out_0',
      uid: 4,
      port: 0,
      sequence: 0,
      node: 108,
      width: 112,
      height: 112,
      depth: 64,
    },
  ],
  [
    'tensorName__0005_NodeID_147_ConvolutionReluPoolingLayer2_w_128_h_1568_d_1_batchID_0_out_0.txt',
    { ...conv, sequence: 5, node: 147, width: 128, height: 1568, depth: 1 },
  ],
  [
    'NodeID_87_PoolingLayer2_w_1_h_1_d_512_batchID_3_out_1.txt',
    { ...conv, node: 87, kind: 'PoolingLayer2', width: 1, height: 1, depth: 512, batch: 3, out: 1 },
  ],
  [
    'gpuID_0_NodeID_91_SoftMax2_w_2_h_1_d_1_batchID_0_out_0.txt',
    { ...conv, node: 91, kind: 'SoftMax2', width: 2, height: 1, depth: 1 },
  ],
  [
    'tensorName_uid_12_out_1_NodeID_5_TensorAdd_w_4_h_3_d_2_batchID_0_out_0.txt',
    {
      ...conv,
      tensorName: 'uid_12_out_1',
      uid: 12,
      port: 1,
      node: 5,
      kind: 'TensorAdd',
      width: 4,
      height: 3,
      depth: 2,
    },
  ],
  [
    '17_SoftMax2_2_1_1_0_0_tensorName_uid_167_out_0.bin',
    {
      ...conv,
      contents: 'binary',
      tensorName: 'uid_167_out_0',
      uid: 167,
      port: 0,
      node: 17,
      kind: 'SoftMax2',
      width: 2,
      height: 1,
      depth: 1,
    },
  ],
  [
    'Conv__resnetv15_conv0_fwd_Conv_57_out0_nhwc_1_224_112_8.npy',
    {
      contents: 'npy',
      tensorName: 'Conv__resnetv15_conv0_fwd_Conv_57',
      kind: 'Conv',
      width: 112,
      height: 224,
      depth: 8,
      batch: 0,
      out: 0,
      interleaved: true,
    },
  ],
])('%s', (fileName, expected) => {
  expect(parseDumpName(fileName)).toEqual(expected);
});

test.each(['NodeID_To_LayerName.txt', 'order.txt', 'NodeID_5_TensorAdd_w_4_h_3_d_2_batchID_0.txt', ''])(
  '%j is no dump',
  (fileName) => {
    expect(parseDumpName(fileName)).toBeUndefined();
  },
);
