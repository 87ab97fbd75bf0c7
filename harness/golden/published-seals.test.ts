import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { decodeNpy } from '../tensor/npy.ts';
import { computeSealedOutputs } from './compute-golden.ts';

// Published trained networks with exact input tensors.
const folder = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const indexFile = `${folder}/reference/index.json`;

interface Entry {
  readonly model: string;
  readonly input: { readonly name: string; readonly file: string };
}

const entries = (
  existsSync(indexFile) ? (JSON.parse(readFileSync(indexFile, 'utf8')) as readonly Entry[]) : []
).filter(({ model }) => model.endsWith('.onnx'));
/** Networks that round inside. */
const quantised = entries.filter(({ model }) => model.includes('qdq'));
const float = entries.filter((entry) => !quantised.includes(entry));

const sealOf = async ({ model, input }: Entry) => {
  const network = { bytes: readFileSync(`${folder}/${model}`), origin: model };
  const feeds = new Map([[input.name, decodeNpy(readFileSync(`${folder}/${input.file}`), input.file)]]);
  return computeSealedOutputs(createOnnxRuntimeEngine(), network, feeds);
};

test('the collection of published networks is there', ({ skip }) => {
  skip(entries.length === 0, '../shared/data, which is not part of the repository, is absent');

  expect([float.length > 20, quantised.length > 0]).toEqual([true, true]);
});

describe.skipIf(entries.length === 0)('published networks', () => {
  test.each(float)('$model on $input.file is sealed within the default bound', async (entry) => {
    await expect(sealOf(entry)).resolves.toMatchObject({ seal: { bound: 1e-5 } });
  });

  test.each(quantised)('$model on $input.file rounds inside and cannot be sealed', async (entry) => {
    await expect(sealOf(entry)).rejects.toMatchObject({
      code: 'HIL_REFERENCE_UNSEALED',
      hint: expect.stringContaining('Use the float network as reference') as string,
    });
  });
});
