import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { exposeLayers } from '../onnx/expose-layers.ts';
import { writeOnnx } from '../onnx/model.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import { importCaffe } from './import-caffe.ts';
import { layerTypes } from './translate-layer.ts';

interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface LayerCase {
  readonly name: string;
  readonly prototxt: string;
  readonly caffemodel: string;
  readonly inputs: Readonly<Record<string, StoredTensor>>;
  readonly outputs: Readonly<Record<string, StoredTensor>>;
}

/** Worked out in plain loops from Caffe's published definitions: fixtures/make_layers.py. */
const cases = JSON.parse(
  readFileSync(new URL('fixtures/layers.json', import.meta.url), 'utf8'),
) as readonly LayerCase[];

const floats = ({ shape, values }: StoredTensor): Tensor =>
  tensor('float32', shape, Float32Array.from(values));

describe('a layer computes what its definition says', () => {
  const engine = createOnnxRuntimeEngine();

  test.each(cases)('$name', async ({ prototxt, caffemodel, inputs, outputs }) => {
    const network = importCaffe(
      { bytes: Buffer.from(prototxt), origin: 'layer.prototxt' },
      { bytes: Buffer.from(caffemodel, 'base64'), origin: 'layer.caffemodel' },
    );
    const feeds = new Map(Object.entries(inputs).map(([name, input]) => [name, floats(input)]));

    await using loaded = await engine.load(writeOnnx(network), 'layer.prototxt', { optimise: false });
    const results = await loaded.run(feeds);

    expect([...results.keys()].sort()).toEqual(Object.keys(outputs).sort());
    for (const [name, { shape, values }] of Object.entries(outputs)) {
      const actual = results.get(name)!;
      expect(actual.shape).toEqual(shape);
      expect(farthest([...actual.data].map(Number), values)).toBeLessThan(1e-5);
    }
    // What the importer takes for the shapes of its outputs is what they are.
    expect(loaded.outputs.map((output) => output.shape)).toEqual(
      loaded.outputs.map(({ name }) => results.get(name)!.shape),
    );
  });

  test('and every layer that is computed is among these', () => {
    const seen = new Set(
      cases.flatMap(({ prototxt }) => [...prototxt.matchAll(/type: "(\w+)"/g)].map(([, type]) => type)),
    );

    expect(layerTypes.filter((type) => !seen.has(type))).toEqual([]);
  });
});

/** Largest difference, as a share of the larger of 1 and the expected value; NaN counts as infinitely far. */
function farthest(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  return expected.reduce((worst, value, i) => {
    const difference = Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value));
    return difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}

test('layers and blobs keep their Caffe names; what works in place makes values of its own', () => {
  const prototxt = `
    input: "data" input_dim: 10 input_dim: 2 input_dim: 2 input_dim: 2
    layer { name: "scale1" type: "Power" bottom: "data" top: "data" power_param { scale: 2 } }
    layer { name: "norm1" type: "Power" bottom: "data" top: "blob" power_param { scale: 3 shift: 1 } }
    layer { name: "relu1" type: "ReLU" bottom: "blob" top: "blob" }
    layer { name: "drop1" type: "Dropout" bottom: "blob" top: "blob" }
    layer { name: "flat" type: "Flatten" bottom: "blob" top: "out" }`;
  const weights = { bytes: Buffer.from(cases[0]!.caffemodel, 'base64'), origin: 'a.caffemodel' };

  const network = importCaffe({ bytes: Buffer.from(prototxt), origin: 'a.prototxt' }, weights);

  const { graph } = network;
  expect(graph.node.map(({ name, opType, output }) => [name, opType, ...output])).toEqual([
    ['scale1', 'Mul', 'data@scale1'],
    ['norm1/mul', 'Mul', 'norm1/mul'],
    ['norm1', 'Add', 'blob@norm1'],
    ['relu1', 'Relu', 'blob'],
    ['drop1', 'Identity', 'blob@drop1'],
    ['flat', 'Flatten', 'out'],
  ]);
  expect(
    graph.input.map(({ name, type }) => [name, type?.tensorType?.shape?.dim.map(({ dimValue }) => dimValue)]),
  ).toEqual([['data', [1n, 2n, 2n, 2n]]]);
  expect(exposeLayers(network).layers.map(({ node, value }) => `${node}: ${value}`)).toContain(
    'norm1: blob@norm1',
  );
});

test('a network that ends in a Dropout has its blob’s name there', () => {
  const prototxt = `
    input: "data" input_dim: 1 input_dim: 2 input_dim: 2 input_dim: 2
    layer { name: "relu1" type: "ReLU" bottom: "data" top: "out" }
    layer { name: "drop1" type: "Dropout" bottom: "out" top: "out" }`;
  const weights = { bytes: Buffer.from(cases[0]!.caffemodel, 'base64'), origin: 'a.caffemodel' };

  const { graph } = importCaffe({ bytes: Buffer.from(prototxt), origin: 'a.prototxt' }, weights);

  expect(graph.node.map(({ name, output }) => [name, ...output])).toEqual([
    ['relu1', 'out@relu1'],
    ['drop1', 'out'],
  ]);
});
