import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { TensorAttribute } from '../board/tensor-attribute.ts';
import type { TensorDeclaration } from '../reference/engine.ts';
import type { CaseInput } from '../spec/case.ts';
import { type SpecDeclaration, specSchema } from '../spec/schema.ts';
import { canonicalJson, sha256Hex } from '../tensor/content-hash.ts';
import { elementsOf } from '../tensor/dtype.ts';
import { encodeNpy } from '../tensor/npy.ts';
import { encodeNpz } from '../tensor/npz.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import { type NamedTensors, tensor } from '../tensor/tensor.ts';
import { readFileSync } from 'node:fs';
import { prepareInput } from './prepare-input.ts';

const pictures = fileURLToPath(new URL('vectors/pictures', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hil-prepare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const specOf = (changes: Partial<SpecDeclaration>) =>
  specSchema.parse({
    name: 'test',
    model: { reference: 'net.onnx', board: 'net.rknn', format: 'fp16' },
    inputs: 'x',
    boardInput: { channelOrder: 'bgr', dtype: 'uint8', layout: 'NHWC' },
    ...changes,
  });

const smallPicture = {
  resize: { width: 4, height: 2 },
  channelOrder: 'bgr',
  layout: 'NCHW',
  mean: 128,
} as const;

const prepare = (
  input: Pick<CaseInput, 'path' | 'kind'> & Partial<CaseInput>,
  changes: Partial<SpecDeclaration> = {},
) =>
  prepareInput(
    { name: 'x', ...input },
    { root: dirname(input.path), declaration: specOf({ preprocess: smallPicture, ...changes }) },
  );

const preparePicture = (changes?: Partial<SpecDeclaration>, name = 'rgb.png') =>
  prepare({ path: join(pictures, name), kind: 'picture' }, changes);

function prepareTensors(
  name: string,
  bytes: Uint8Array,
  input: Partial<CaseInput> = {},
  changes: Partial<SpecDeclaration> = {},
) {
  writeFileSync(join(folder, name), bytes);
  return prepare(
    { path: join(folder, name), kind: 'tensor', ...input },
    { preprocess: undefined, ...changes },
  );
}

const takes = (name: string, ...shape: number[]): TensorDeclaration => ({ name, dtype: 'float32', shape });

const attribute = (index: number, name: string, ...shape: number[]): TensorAttribute => ({
  index,
  name,
  shape,
  dtype: 'float16',
  layout: 'NCHW',
  quantisation: notQuantised,
  sizeBytes: 2 * shape.reduce((a, b) => a * b, 1),
});

describe('a picture', () => {
  test('feeds the reference and the board from the same pixels', async () => {
    const prepared = await preparePicture();

    const reference = prepared.feeds([takes('data', 1, 3, 2, 4)]).get('data')!;
    const [board] = prepared.boardInputs([attribute(0, 'input', 1, 3, 2, 4)]);

    expect(reference).toMatchObject({ dtype: 'float32', shape: [1, 3, 2, 4] });
    const interleaved = Array.from({ length: 24 }, (_, i) => reference.data[(i % 3) * 8 + Math.floor(i / 3)]);
    expect(interleaved).toEqual(Array.from(board!.bytes, (value) => value - 128));
  });

  test('is identified by its bytes and described upright', async () => {
    const { sourceSha256, picture } = await preparePicture({}, 'jpeg-exif-6.jpg');

    expect(sourceSha256).toBe(sha256Hex(readFileSync(join(pictures, 'jpeg-exif-6.jpg'))));
    expect(picture).toMatchObject({ format: 'jpeg', width: 10, height: 21, origin: 'jpeg-exif-6.jpg' });
  });

  test('has a preprocessing that only what changes the tensor changes', async () => {
    const text = async (preprocess: SpecDeclaration['preprocess']) =>
      canonicalJson((await preparePicture({ preprocess })).preprocessing);
    const plain = await text(smallPicture);

    expect(JSON.parse(plain)).toEqual({
      kind: 'picture',
      pixels: 'opencv-1',
      channelOrder: 'bgr',
      layout: 'NCHW',
      resize: { width: 4, height: 2, mode: 'stretch', interpolation: 'linear', pad: 0 },
      mean: [128, 128, 128],
      std: [1, 1, 1],
    });
    expect(await text({ ...smallPicture, mean: [128, 128, 128], alpha: 'drop', grey: 'expand' })).toBe(plain);
    expect(await text({ ...smallPicture, mean: [128, 128, 127] })).not.toBe(plain);
    expect(await text({ ...smallPicture, crop: 'centre-square' })).not.toBe(plain);
  });

  test('is refused by a model of another size, naming both', async () => {
    const prepared = await preparePicture();

    expect(() => prepared.feeds([takes('data', 1, 3, 224, 224)])).toThrow(
      'rgb.png gives the reference float32 1x3x2x4; the reference model takes float32 1x3x224x224 at input data',
    );
    expect(() => prepared.boardInputs([attribute(0, 'data', 1, 3, 224, 224)])).toThrow(
      "rgb.png makes a board buffer of 1x2x4x3 NHWC; the board's model takes 1x3x224x224 NCHW at input data",
    );
  });

  test('is refused by a model with several inputs', async () => {
    const prepared = await preparePicture();

    expect(() => prepared.feeds([takes('left', 1), takes('right', 1)])).toThrow(
      'rgb.png is one picture; the reference model has 2 inputs: left, right',
    );
  });

  test('needs preprocess', async () => {
    await expect(preparePicture({ preprocess: undefined })).rejects.toThrow(
      'preprocess is missing; rgb.png is a picture',
    );
  });

  test('that does not exist is named relative to the project', async () => {
    await expect(preparePicture({}, 'none.png')).rejects.toMatchObject({
      code: 'HIL_INPUT_FILE',
      message: 'none.png does not exist',
    });
  });
});

describe('a tensor file', () => {
  const image = tensor('float32', [1, 2, 1, 2], Float32Array.of(1, 2, 3, 4));

  test('reaches the reference as it is, and the board in its layout and type', async () => {
    const prepared = await prepareTensors('image.npy', encodeNpy(image));

    const feeds = prepared.feeds([takes('anything', 1, 2, 1, 2)]);
    const [board] = prepared.boardInputs([attribute(0, 'data', 1, 2, 1, 2)]);

    expect([...feeds]).toEqual([['anything', image]]);
    expect([...board!.bytes]).toEqual([1, 3, 2, 4]);
    expect(prepared.picture).toBeUndefined();
    expect(prepared.preprocessing).toEqual({ kind: 'tensor' });
  });

  test('is read in the layout that preprocess gives the reference', async () => {
    const prepared = await prepareTensors(
      'nhwc.npy',
      encodeNpy(image),
      {},
      { preprocess: { channelOrder: 'bgr', layout: 'NHWC' } },
    );

    const [board] = prepared.boardInputs([{ ...attribute(0, 'data', 1, 2, 1, 2), layout: 'NHWC' }]);

    expect([...board!.bytes]).toEqual([1, 2, 3, 4]);
  });

  test('may be raw bytes', async () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);

    const prepared = await prepareTensors('raw.bin', bytes, { dtype: 'uint8', shape: [1, 2, 1, 2] });

    expect([...prepared.boardInputs([attribute(0, '', 1, 2, 1, 2)])[0]!.bytes]).toEqual([1, 3, 2, 4]);
    expect(prepared.preprocessing).toEqual({ kind: 'tensor', dtype: 'uint8', shape: [1, 2, 1, 2] });
  });

  test('is refused where a model has several inputs', async () => {
    const prepared = await prepareTensors('one.npy', encodeNpy(image));

    expect(() => prepared.feeds([takes('a', 1), takes('b', 1)])).toThrow(
      'one.npy gives one tensor; the reference model has 2 inputs: a, b',
    );
  });
});

describe('an .npz file of several arrays', () => {
  const left = tensor('float32', [1, 2], Float32Array.of(1, 2));
  const right = tensor('float32', [1, 3], Float32Array.of(3, 4, 5));
  const both: NamedTensors = new Map([['left', left], ['right', right]]); // prettier-ignore
  const float = { boardInput: { dtype: 'float32', layout: 'NHWC' } } as const;
  const prepared = () => prepareTensors('both.npz', encodeNpz(both), {}, float);
  const firstValues = (inputs: readonly { readonly bytes: Uint8Array }[]) =>
    inputs.map(({ bytes }) => elementsOf('float32', bytes)[0]);

  test('feeds inputs by name, in the model’s order', async () => {
    const { feeds, boardInputs } = await prepared();

    expect([...feeds([takes('right', 1, 3), takes('left', 1, 2)])]).toEqual([['right', right], ['left', left]]); // prettier-ignore
    expect(firstValues(boardInputs([attribute(0, 'right', 1, 3), attribute(1, 'left', 1, 2)]))).toEqual([
      3, 1,
    ]);
  });

  test('feeds a board’s model that knows none of the names in the order of the file', async () => {
    const { boardInputs } = await prepared();

    const inputs = boardInputs([attribute(0, '', 2), attribute(1, '', 3)]);

    expect(inputs.map(({ index }) => index)).toEqual([0, 1]);
    expect(firstValues(inputs)).toEqual([1, 3]);
  });

  test('is refused where names differ, naming both sides', async () => {
    const { feeds, boardInputs } = await prepared();
    const message = (model: string) => `both.npz holds left, right; ${model} has the inputs left, centre`;

    expect(() => feeds([takes('left', 1, 2), takes('centre', 1, 3)])).toThrow(message('the reference model'));
    expect(() => boardInputs([attribute(0, 'left', 2), attribute(1, 'centre', 3)])).toThrow(
      message("the board's model"),
    );
  });

  test('is refused by a model with one input, unless a member is chosen', async () => {
    const { feeds } = await prepared();

    expect(() => feeds([takes('left', 1, 2)])).toThrow(
      expect.objectContaining({ hint: 'Set `member` of the input to the array that is meant.' }),
    );
  });
});
