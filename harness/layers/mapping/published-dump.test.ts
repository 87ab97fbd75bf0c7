import { beforeAll, expect, test } from 'vitest';
import { makeModel, makeNode, makeValueInfo, tensorToOnnx, writeOnnx } from '../../reference/onnx/model.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { floatToHalf, halvesToFloats } from '../../tensor/half.ts';
import { tensor } from '../../tensor/tensor.ts';
import { parseDumpName } from '../dump/dump-name.ts';
import { gatherLayers, type DumpedLayer } from '../dump/dumped-layer.ts';
import { computeReference } from '../reference-network.ts';
import { candidateValues, type CandidateValue } from './candidate-value.ts';
import { mapLayers } from './map-layers.ts';

// The one dump of a real RK1808 whose file names are published (Toybrick forum, January 2021): a residual network of 34
// layers from Caffe. Its values are not published; here they are those of a network of the same shape with random
// weights, and windows of one pixel, in float16.

/** `uid NodeID w,h,d`, in order of execution; a dash where the driver gave no name. */
const published = `
4 108 112,112,64 | 5 2 56,56,64 | 6 109 56,56,64 | 12 110 56,56,64 | 13 111 56,56,64 | - 147 128,1568,1
21 112 56,56,64 | 22 113 56,56,64 | - 148 128,1568,1 | 30 114 56,56,64 | 31 115 56,56,64 | - 149 128,1568,1
36 116 28,28,128 | 42 117 28,28,128 | 43 118 28,28,128 | - 150 128,784,1 | 51 119 28,28,128 | 52 120 28,28,128
- 151 128,784,1 | 60 121 28,28,128 | 61 122 28,28,128 | - 152 128,784,1 | 69 123 28,28,128 | 70 124 28,28,128
- 153 128,784,1 | 75 125 14,14,256 | 81 126 14,14,256 | 82 127 14,14,256 | - 154 128,392,1 | 90 128 14,14,256
91 129 14,14,256 | - 155 128,392,1 | 99 130 14,14,256 | 100 131 14,14,256 | - 156 128,392,1 | 108 132 14,14,256
109 133 14,14,256 | - 157 128,392,1 | 117 134 14,14,256 | 118 135 14,14,256 | - 158 128,392,1 | 126 136 14,14,256
127 137 14,14,256 | - 159 128,392,1 | 132 138 7,7,512 | 138 139 7,7,512 | 139 140 7,7,512 | - 160 128,196,1
147 141 7,7,512 | 148 142 7,7,512 | - 161 128,196,1 | 156 143 7,7,512 | 157 144 7,7,512 | - 162 128,196,1
162 87 1,1,512 | 163 145 512,1,1 | 166 146 2,1,1 | 167 91 2,1,1`;
const kinds = new Map([
  ['5', 'PoolingLayer2'],
  ['162', 'PoolingLayer2'],
  ['163', 'FullyConnectedReluLayer'],
  ['166', 'FullyConnectedReluLayer'],
  ['167', 'SoftMax2'],
]);
const fileNames = published
  .trim()
  .split(/[|\n]/)
  .map((entry, index) => {
    const [uid = '', node, extents = ''] = entry.trim().split(' ');
    const [w, h, d] = extents.split(',');
    const name = uid === '-' ? '' : `uid_${uid}_out_0`;
    return `tensorName_${name}_${String(index).padStart(4, '0')}_NodeID_${node}_${kinds.get(uid) ?? 'ConvolutionReluPoolingLayer2'}_w_${w}_h_${h}_d_${d}_batchID_0_out_0.txt`;
  });

/** Weights with a mean of 0 that keep the size of values from layer to layer; the same each time. */
let state = 7;
function random(count: number, size: number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state / 2 ** 31) * size * Math.sqrt(3);
  });
}

/** The network of the post; its values are called after the uid that the post's dump gives them, where it has one. */
function residualNetwork(): { readonly onnx: Uint8Array; readonly inOrder: readonly string[] } {
  const nodes: ReturnType<typeof makeNode>[] = [];
  const initializers: ReturnType<typeof tensorToOnnx>[] = [];
  const inOrder: string[] = [];
  const shown = (name: string) => {
    inOrder.push(name);
    return name;
  };
  const conv = (input: string, name: string, from: number, to: number, kernel: number, stride: number) => {
    const shape = [to, from, kernel, kernel];
    const size = Math.sqrt(1.6 / (from * kernel * kernel));
    initializers.push(
      tensorToOnnx(`${name}.w`, tensor('float32', shape, random(to * from * kernel * kernel, size))),
      tensorToOnnx(`${name}.b`, tensor('float32', [to], random(to, 0.2))),
    );
    const pad = (kernel - 1) >> 1;
    const attributes = { strides: { ints: [stride, stride] }, pads: { ints: [pad, pad, pad, pad] } };
    nodes.push(makeNode('Conv', [input, `${name}.w`, `${name}.b`], [name], attributes));
    return name;
  };
  const op = (opType: string, inputs: readonly string[], name: string, attributes = {}) => {
    nodes.push(makeNode(opType, inputs, [name], attributes));
    return name;
  };
  const dense = (input: string, name: string, from: number, to: number) => {
    initializers.push(
      tensorToOnnx(`${name}.w`, tensor('float32', [from, to], random(from * to, Math.sqrt(2 / from)))),
    );
    return op('Gemm', [input, `${name}.w`], name);
  };

  let x = shown(op('Relu', [conv('data', 'conv1', 3, 64, 7, 2)], 'relu1'));
  const window = { kernel_shape: { ints: [3, 3] }, strides: { ints: [2, 2] }, ceil_mode: { int: 1 } };
  x = shown(op('MaxPool', [x], 'pool1', window));
  let width = 64;
  [3, 4, 6, 3].forEach((blocks, stage) => {
    for (let block = 0; block < blocks; block++) {
      const at = `s${stage}b${block}`;
      const out = 64 << stage;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const shortcut = block === 0 ? shown(conv(x, `${at}.projection`, width, out, 1, stride)) : x;
      const inner = shown(op('Relu', [conv(x, `${at}.conv1`, width, out, 1, stride)], `${at}.relu1`));
      const main = shown(conv(inner, `${at}.conv2`, out, out, 1, 1));
      x = shown(op('Relu', [op('Add', [shortcut, main], `${at}.sum`)], `${at}.relu2`));
      width = out;
    }
  });
  x = shown(op('GlobalAveragePool', [x], 'pool5'));
  x = shown(op('Relu', [dense(op('Flatten', [x], 'flat'), 'fc1', 512, 512)], 'fc1.relu'));
  x = shown(dense(x, 'fc2', 512, 2));
  shown(op('Softmax', [x], 'prob'));
  const graph = {
    name: 'residual',
    nodes,
    initializers,
    inputs: [makeValueInfo('data', 'float32', [1, 3, 224, 224])],
    outputs: [makeValueInfo('prob', 'float32')],
  };
  return { onnx: writeOnnx(makeModel(graph, { '': 13 })), inOrder };
}

let values: CandidateValue[];
let dumps: DumpedLayer[];
let truth: readonly string[];

beforeAll(async () => {
  const { onnx, inOrder } = residualNetwork();
  const picture = Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => Math.sin(i / 7) + Math.cos(i / 901));
  const feeds = new Map([['data', tensor('float32', [1, 3, 224, 224], picture)]]);
  values = candidateValues(await computeReference(onnx, 'residual.onnx', createOnnxRuntimeEngine(), feeds));
  truth = inOrder;
  const byName = new Map(values.map((each) => [each.name, each.value.data]));
  dumps = gatherLayers(
    fileNames.map((fileName, index) => ({
      fileName,
      name: parseDumpName(fileName)!,
      values: halvesToFloats(Uint16Array.from(byName.get(truth[index]!)!, floatToHalf)),
    })),
  );
}, 120_000);

test('every published name is read, and says how many elements its layer has', () => {
  expect(fileNames).toHaveLength(58);
  expect(fileNames[0]).toBe(
    'tensorName_uid_4_out_0_0000_NodeID_108_ConvolutionReluPoolingLayer2_w_112_h_112_d_64_batchID_0_out_0.txt',
  );
  const names = fileNames.map((fileName) => parseDumpName(fileName)!);
  // The post's total; its network's values have as many elements, layer by layer.
  expect(names.reduce((sum, { width, height, depth }) => sum + width * height * depth, 0)).toBe(5_520_388);
  expect(names.map(({ sequence }) => sequence)).toEqual(fileNames.map((_, index) => index));
  dumps.forEach(({ values: held }, index) => {
    const { width, height, depth } = names[index]!;
    expect(held).toHaveLength(width * height * depth);
  });
});

test('the 58 dumps are mapped to the 58 values that the driver shows, the nameless additions too', () => {
  const matches = mapLayers(dumps, values);

  expect(matches.map(({ value }) => values[value]!.name)).toEqual(truth);
  expect(matches.every(({ outOfOrder }) => !outOfOrder)).toBe(true);
  expect(new Set(matches.slice(0, 54).map(({ order }) => order.order))).toEqual(new Set(['planar']));
});

test('dumps without any order are found by their values', () => {
  const order = dumps.map((_, index) => (index * 23) % dumps.length);

  const matches = mapLayers(
    order.map((index) => dumps[index]!),
    values,
  );

  const found = new Map(matches.map(({ dump, value }) => [order[dump]!, values[value]!.name]));
  // Two values correlate by chance: of the last two layers nothing but their order could tell which is which.
  for (let index = 0; index < 56; index++) expect(found.get(index)).toBe(truth[index]);
});

test('layers that went wrong from the third block on keep their places', () => {
  // A board whose values have nothing to do with the reference any more.
  const wrong = dumps.map((dump, index) =>
    index < 8 ? dump : { ...dump, values: dump.values.map((_, i) => Math.abs(Math.sin(i * i + index))) },
  );

  const matches = mapLayers(wrong, values);

  expect(matches.map(({ value }) => values[value]!.name)).toEqual(truth);
});
