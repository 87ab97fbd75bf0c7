import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decodeNpy } from '../tensor/npy.ts';
import type { DType } from '../tensor/dtype.ts';
import { halvesToFloats } from '../tensor/half.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { createOnnxRuntimeEngine } from './onnx-runtime-engine.ts';

// Published trained networks with exact input tensors, and the outputs that ONNX Runtime's Python package gave.
const folder = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const indexFile = `${folder}/reference/index.json`;

interface StoredTensor {
  readonly name: string;
  readonly file: string;
}

interface Entry {
  readonly model: string;
  readonly input: StoredTensor;
  readonly outputs: readonly StoredTensor[];
}

const entries = (
  existsSync(indexFile) ? (JSON.parse(readFileSync(indexFile, 'utf8')) as readonly Entry[]) : []
).filter(({ model }) => model.endsWith('.onnx'));

/** Largest accepted difference, absolute; what the collection states, in steps for uint8. */
const bounds: { readonly [D in DType]?: number } = { float32: 1e-5, float16: 2e-3, uint8: 5 };

test('the collection of published networks is there', ({ skip }) => {
  skip(!existsSync(indexFile), '../shared/data, which is not part of the repository, is absent');

  expect(new Set(entries.map(({ model }) => model)).size).toBeGreaterThanOrEqual(10);
});

describe.skipIf(entries.length === 0)('published networks give the published outputs', () => {
  const engine = createOnnxRuntimeEngine();
  const read = ({ file }: StoredTensor) => decodeNpy(readFileSync(`${folder}/${file}`), file);

  test.each(entries)('$model on $input.file', async ({ model, input, outputs }) => {
    const bytes = readFileSync(`${folder}/${model}`);
    const feeds = new Map([[input.name, read(input)]]);

    for (const options of [{ optimise: true }, { optimise: false }, { optimise: true, exactGraph: true }]) {
      await using loaded = await engine.load(bytes, model, options);
      const results = await loaded.run(feeds);

      expect([...results.keys()]).toEqual(outputs.map(({ name }) => name));
      for (const output of outputs) {
        const [actual, expected] = [results.get(output.name)!, read(output)];
        expect([actual.dtype, actual.shape]).toEqual([expected.dtype, expected.shape]);
        expect(largestDifference(actual, expected)).toBeLessThanOrEqual(bounds[expected.dtype]!);
      }
    }
  });
});

/** NaN counts as infinitely far. */
function largestDifference(actual: Tensor, expected: Tensor): number {
  const values = ({ dtype, data }: Tensor) =>
    dtype === 'float16' ? [...halvesToFloats(data as Uint16Array)] : Array.from<number | bigint>(data);
  const other = values(expected).map(Number);
  return values(actual).reduce<number>((worst, value, i) => {
    const difference = Math.abs(Number(value) - other[i]!);
    return difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}
