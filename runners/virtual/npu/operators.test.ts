import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readOnnx } from '../../../harness/reference/onnx/model.ts';
import { bytesOf, elementsOf, type DType } from '../../../harness/tensor/dtype.ts';
import { halvesToFloats } from '../../../harness/tensor/half.ts';
import { tensor, type Tensor } from '../../../harness/tensor/tensor.ts';
import { buildVirtualModel } from '../rknn/build-model.ts';
import { parseConverterConfig } from '../rknn/converter-config.ts';
import { engine, floatInput, loadExample, outputValues } from './example-model.ts';

// Tests of the ONNX backend test suite, run through converter and simulated NPU.
const folder = fileURLToPath(new URL('../../../../shared/data/onnx-node-tests/', import.meta.url));

interface StoredTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly raw: string;
}

interface OperatorTest {
  readonly model: { readonly base64: string };
  readonly opset: number;
  readonly dataSets: readonly [
    { readonly inputs: readonly StoredTensor[]; readonly outputs: readonly StoredTensor[] },
  ];
}

/** Not taken by the converter, and why. */
const refused: readonly (readonly [RegExp, string])[] = [
  [/^test_shape_example/, 'its only output is constant'],
  [/^test_resize/, 'an input of these has no elements'],
];

/** Where float16 or u8 cannot come near, and why. */
const beyondFormat: readonly (readonly [RegExp, string])[] = [
  [/^test_softmax_large_number/, 'halves around 10000 are 8 apart'],
  [/^test_batchnorm_example_training_mode/, 'u8 covers a variance that is far smaller than its tensor'],
];

/** Largest error, relative to the output's largest magnitude. */
const bounds = { fp16: 2e-3, u8: 0.03 } as const;

const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
const load = (name: string) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8')) as OperatorTest;
const isIn = (list: readonly (readonly [RegExp, string])[], name: string) =>
  list.some(([pattern]) => pattern.test(name));

const decode = ({ dtype, dims, raw }: StoredTensor): Tensor =>
  tensor(dtype, dims, elementsOf(dtype, new Uint8Array(Buffer.from(raw, 'base64'))));

describe.skipIf(names.length === 0)('ONNX operator tests (../shared/data is absent: skipped)', () => {
  const usable = names.filter(
    (name) => load(name).opset >= 7 && !isIn(refused, name) && !isIn(beyondFormat, name),
  );

  test('most of the collection is used', () => {
    expect(usable.length).toBeGreaterThan(140);
  });

  describe.each(['fp16', 'u8'] as const)('in %s', (format) => {
    test.each(usable)('%s', async (name) => {
      const { model, dataSets } = load(name);
      const { inputs, outputs } = dataSets[0];
      const onnx = new Uint8Array(Buffer.from(model.base64, 'base64'));
      const { graph } = readOnnx(onnx, name);
      const constants = new Set(graph.initializer.map((constant) => constant.name));
      const fed = graph.input
        .filter((input) => !constants.has(input.name))
        .map((input) => decode(inputs.find((stored) => stored.name === input.name)!))
        .map(widened);
      const rknn = await buildVirtualModel({
        onnx,
        origin: name,
        name,
        config: parseConverterConfig({ do_quantization: format === 'u8' }, 'net.yaml'),
        dataset: [fed.map((value) => ({ kind: 'tensor', tensor: value }))],
        engine,
      });
      const { context, print } = await loadExample(rknn);
      await using _ = context;
      const board = fed.map(({ data }, index) => ({ ...floatInput([...data].map(Number)), index }));

      const run = await context.run(board, print);

      outputs.forEach((stored, index) => {
        const expected = [...widened(decode(stored)).data].map(Number);
        const actual = outputValues(run, index);
        const largest = Math.max(1e-6, ...expected.map(Math.abs));
        expect(actual).toHaveLength(expected.length);
        actual.forEach((value, i) =>
          expect(Math.abs(value - expected[i]!) / largest).toBeLessThan(bounds[format]),
        );
      });
      expect(await context.layers(board, print)).toBeInstanceOf(Array);
    });
  });
});

/** The converter computes in float32, so halves and doubles are fed as that. */
function widened(value: Tensor): Tensor {
  const { dtype, shape, data } = value;
  if (dtype === 'float16')
    return tensor('float32', shape, halvesToFloats(elementsOf('float16', bytesOf(data))));
  if (dtype === 'float64')
    return tensor('float32', shape, Float32Array.from(elementsOf('float64', bytesOf(data))));
  return value;
}
