import {
  makeModel,
  makeNode,
  makeValueInfo,
  tensorToOnnx,
  writeOnnx,
  type AttributeValue,
} from '../harness/reference/onnx/model.ts';
import { tensor } from '../harness/tensor/tensor.ts';

/** ResNet-18 as an exporter writes it, Conv and BatchNormalization apart, with random weights; 69 nodes, 11.7 M weights. */
export function resnet18(): Uint8Array {
  const nodes: ReturnType<typeof makeNode>[] = [];
  const initializers: ReturnType<typeof tensorToOnnx>[] = [];
  let state = 18;
  const random = (count: number, size: number, middle = 0) =>
    Float32Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return middle + (state / 2 ** 31) * size;
    });
  const constant = (name: string, shape: readonly number[], values: Float32Array) => {
    initializers.push(tensorToOnnx(name, tensor('float32', shape, values)));
    return name;
  };
  const op = (
    opType: string,
    inputs: readonly string[],
    name: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ) => {
    nodes.push(makeNode(opType, inputs, [name], attributes));
    return name;
  };
  const conv = (x: string, name: string, from: number, to: number, kernel: number, stride: number) => {
    const taps = from * kernel * kernel;
    const weights = constant(
      `${name}.w`,
      [to, from, kernel, kernel],
      random(to * taps, Math.sqrt(4.8 / taps)),
    );
    const pad = (kernel - 1) >> 1;
    const window = { strides: { ints: [stride, stride] }, pads: { ints: [pad, pad, pad, pad] } };
    const statistics = [
      constant(`${name}.gamma`, [to], random(to, 0.2, 1)),
      constant(`${name}.beta`, [to], random(to, 0.2)),
      constant(`${name}.mean`, [to], random(to, 0.2)),
      constant(`${name}.variance`, [to], random(to, 0.2, 1)),
    ];
    return op('BatchNormalization', [op('Conv', [x, weights], name, window), ...statistics], `${name}.bn`);
  };
  let x = op('Relu', [conv('data', 'conv1', 3, 64, 7, 2)], 'relu1');
  x = op('MaxPool', [x], 'pool1', {
    kernel_shape: { ints: [3, 3] },
    strides: { ints: [2, 2] },
    pads: { ints: [1, 1, 1, 1] },
  });
  let width = 64;
  for (let block = 0; block < 8; block++) {
    const out = 64 << (block >> 1);
    const stride = block > 0 && block % 2 === 0 ? 2 : 1;
    const shortcut = stride === 2 ? conv(x, `b${block}.projection`, width, out, 1, 2) : x;
    const inner = op('Relu', [conv(x, `b${block}.conv1`, width, out, 3, stride)], `b${block}.relu1`);
    const sum = op('Add', [conv(inner, `b${block}.conv2`, out, out, 3, 1), shortcut], `b${block}.sum`);
    x = op('Relu', [sum], `b${block}.relu2`);
    width = out;
  }
  const flat = op('Flatten', [op('GlobalAveragePool', [x], 'pool5')], 'flat');
  const weights = constant('fc.w', [512, 1000], random(512_000, Math.sqrt(3 / 512)));
  op('Softmax', [op('Gemm', [flat, weights], 'fc')], 'prob');
  const input = makeValueInfo('data', 'float32', [1, 3, 224, 224]);
  const output = makeValueInfo('prob', 'float32', [1, 1000]);
  return writeOnnx(
    makeModel({ name: 'resnet18', nodes, initializers, inputs: [input], outputs: [output] }, { '': 13 }),
  );
}
