import { expect, test } from 'vitest';
import type { PreparedInput } from '../input/prepare-input.ts';
import { decodeNpy } from '../tensor/npy.ts';
import { decodeNpz } from '../tensor/npz.ts';
import { tensor } from '../tensor/tensor.ts';
import { commandInputs } from './command-input.ts';
import { trialCase } from './trial-case.ts';

const values = tensor('float32', [1, 2], Float32Array.of(1, 2));
const prepared: PreparedInput = {
  source: Buffer.from('the file'),
  sourceSha256: '',
  preprocessing: { kind: 'tensor' },
  reference: { kind: 'single', tensor: values },
  feeds: () => new Map(),
  boardInputs: () => [
    { index: 0, bytes: Uint8Array.of(7), dtype: 'int8', layout: 'NCHW', passThrough: false, sizeBytes: 1 },
  ],
};
const model = { inputs: [] };

async function inputsOf(
  kind: Parameters<typeof commandInputs>[0],
  path: string,
  changes: Partial<PreparedInput> = {},
) {
  using trial = await trialCase();
  const { testCase } = trial;
  const input = { ...testCase.input, path };
  return commandInputs(kind, { ...testCase, input }, { ...prepared, ...changes }, model)[0]!;
}

test.each([
  ['/pictures/a dog; rm -rf.JPG', 'input.JPG'],
  ['/pictures/dog', 'input.bin'],
  ['/pictures/dog.a b', 'input.bin'],
  ['/pictures/dog.npy', 'input.npy'],
])('gives the file %s as it is, and of its name only what tells the format', async (path, fileName) => {
  const input = await inputsOf('file', path);

  expect(input).toMatchObject({ fileName, passThrough: true, sizeBytes: 8 });
  expect(Buffer.from(input.bytes).toString()).toBe('the file');
});

test('gives the reference tensor, one or several', async () => {
  const single = await inputsOf('npy', 'dog.png');
  const several = await inputsOf('npy', 'two.npz', {
    reference: {
      kind: 'named',
      tensors: new Map([
        ['a', values],
        ['b', values],
      ]),
    },
  });

  expect(decodeNpy(single.bytes, 'x')).toEqual(values);
  expect(several.fileName).toBe('input.npz');
  expect([...decodeNpz(several.bytes, 'x').keys()]).toEqual(['a', 'b']);
});

test('gives the board’s buffer', async () => {
  expect(await inputsOf('board-buffer', 'dog.png')).toMatchObject({
    bytes: Uint8Array.of(7),
    dtype: 'int8',
    fileName: 'input.bin',
  });
});
