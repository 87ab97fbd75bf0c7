import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decodeNpy } from '../../tensor/npy.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import { writeOnnx } from '../onnx/model.ts';
import { importCaffe } from './import-caffe.ts';

// Published trained caffemodels of both generations with exact input tensors, and the outputs that another
// implementation of Caffe's layers (OpenCV's dnn module) gave.
const folder = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
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
).filter(({ model }) => model.endsWith('.caffemodel'));

/** What the collection states for Caffe, absolute. */
const bound = 1e-4;

test('the collection of published networks is there', ({ skip }) => {
  skip(!existsSync(indexFile), '../shared/data, which is not part of the repository, is absent');

  expect(new Set(entries.map(({ model }) => model)).size).toBe(10);
});

describe.skipIf(entries.length === 0)('published Caffe networks give the published outputs', () => {
  const engine = createOnnxRuntimeEngine();
  const read = ({ file }: StoredTensor) => decodeNpy(readFileSync(`${folder}/${file}`), file);
  const fileAt = (path: string) => ({ bytes: readFileSync(`${folder}/${path}`), origin: path });

  test.each(entries)('$model on $input.file', async ({ model, input, outputs }) => {
    const network = importCaffe(fileAt(model.replace('.caffemodel', '.prototxt')), fileAt(model));
    const bytes = writeOnnx(network);

    for (const optimise of [true, false]) {
      await using loaded = await engine.load(bytes, model, { optimise });
      const results = await loaded.run(new Map([[loaded.inputs[0]!.name, read(input)]]));

      for (const output of outputs) {
        const [actual, expected] = [results.get(output.name)!, read(output)];
        expect(actual.shape).toEqual(expected.shape);
        expect(largestDifference(actual, expected)).toBeLessThanOrEqual(bound);
      }
    }
  });
});

/** NaN counts as infinitely far. */
function largestDifference(actual: Tensor, expected: Tensor): number {
  let worst = 0;
  for (const [i, value] of expected.data.entries()) {
    const difference = Math.abs(Number(actual.data[i]) - Number(value));
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  return worst;
}
