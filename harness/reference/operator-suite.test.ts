import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { type DType, elementsOf } from '../tensor/dtype.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { createOnnxRuntimeEngine } from './onnx-runtime-engine.ts';
import { type OnnxTensor, readOnnx, tensorFromOnnx } from './onnx/model.ts';
import { messageDescriptor } from './onnx/schema.ts';

// Tests of the ONNX backend test suite: models with inputs, and outputs that NumPy computed.
const folder = fileURLToPath(new URL('../../../shared/data/onnx-node-tests', import.meta.url));

interface StoredTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  /** Little-endian elements. */
  readonly raw: string;
  /** The suite's own TensorProto. */
  readonly base64: string;
}

interface OperatorTest {
  readonly name: string;
  readonly model: { readonly base64: string };
  readonly dataSets: readonly {
    readonly inputs: readonly StoredTensor[];
    readonly outputs: readonly StoredTensor[];
  }[];
}

const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];

const load = (name: string) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as OperatorTest;

const decode = ({ dtype, dims, raw }: StoredTensor) =>
  tensor(dtype, dims, elementsOf(dtype, Buffer.from(raw, 'base64')));

const named = (tensors: readonly StoredTensor[]) =>
  new Map<string, Tensor>(tensors.map((stored) => [stored.name, decode(stored)]));

test('the collection of ONNX operator tests is there', ({ skip }) => {
  skip(!existsSync(folder), '../shared/data, which is not part of the repository, is absent');

  expect(names.length).toBeGreaterThan(100);
});

describe.skipIf(names.length === 0)('the ONNX operator tests', () => {
  const engine = createOnnxRuntimeEngine();

  test.each(names)('%s', async (name) => {
    const { model, dataSets } = load(name);
    const bytes = Buffer.from(model.base64, 'base64');

    for (const optimise of [true, false]) {
      await using loaded = await engine.load(bytes, name, { optimise, exactGraph: true });
      for (const { inputs, outputs } of dataSets) {
        const results = await loaded.run(named(inputs));

        expect([...results.keys()]).toEqual(outputs.map((output) => output.name));
        for (const output of outputs) expectClose(results.get(output.name)!, decode(output));
      }
    }
  });

  test.each(names)('%s: its stored tensors are read as the suite’s authors mean them', (name) => {
    const { model, dataSets } = load(name);

    expect(readOnnx(Buffer.from(model.base64, 'base64'), name).graph.node.length).toBeGreaterThan(0);
    for (const stored of dataSets.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])) {
      const proto = fromBinary(messageDescriptor('TensorProto'), Buffer.from(stored.base64, 'base64'));
      expect(tensorFromOnnx(proto as OnnxTensor, name)).toEqual(decode(stored));
    }
  });
});

/** The bound that the collection states for real numbers: 1e-3 relative + 1e-5 absolute. Others must be equal. */
function expectClose(actual: Tensor, expected: Tensor): void {
  expect([actual.dtype, actual.shape]).toEqual([expected.dtype, expected.shape]);
  const real = expected.dtype === 'float32' || expected.dtype === 'float64';
  const far = [...expected.data.entries()].filter(([index, value]) => {
    const found = actual.data[index]!;
    if (!real || Object.is(found, value)) return found !== value && !Object.is(found, value);
    return !(Math.abs(Number(found) - Number(value)) <= 1e-5 + 1e-3 * Math.abs(Number(value)));
  });
  expect(far).toEqual([]);
}
