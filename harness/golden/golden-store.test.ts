import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tensor, type NamedTensors, type Tensor } from '../tensor/tensor.ts';
import { makeGolden } from './golden-manifest.ts';
import { createGoldenStore, type GoldenStore } from './golden-store.ts';
import type { Golden, GoldenFacts, GoldenName } from './golden.ts';

const facts: GoldenFacts = {
  model: 'a'.repeat(64),
  input: 'b'.repeat(64),
  preprocess: 'c'.repeat(64),
  preprocessing: { channelOrder: 'bgr', mean: [1.5, 2, 3] },
  engine: { name: 'onnxruntime', version: '1.30.0' },
};
/** Names of numbers come out of a ZIP archive in another order. */
const outputs: NamedTensors = new Map<string, Tensor>([
  ['scores', tensor('float16', [1, 2], Uint16Array.of(0x3800, 0x3400))],
  ['495', tensor('float32', [2, 1], Float32Array.of(-0, 0.1))],
  ['12', tensor('int64', [], BigInt64Array.of(7n))],
]);
const golden = (changed: NamedTensors = outputs): Golden =>
  makeGolden(facts, { bound: 1e-5, maxAbsDifference: 2e-8 }, changed, {
    model: 'models/net.onnx',
    input: 'images/dog.png',
  });
const dog: GoldenName = { folder: 'two/class', input: 'dog 1' };

let base: string;
let root: string;
let store: GoldenStore;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'hil-golden-'));
});
beforeEach(async () => {
  root = join(await mkdtemp(join(base, 'case-')), 'golden');
  store = createGoldenStore(root);
});
afterAll(() => rm(base, { recursive: true }));

test('what was written is read: manifest, id, and outputs bit for bit in the model’s order', async () => {
  const written = golden();
  await store.write(dog, written);

  const read = await store.read(dog);

  expect(read).toEqual({ ...written, source: 'stored' });
  expect([...read!.outputs.keys()]).toEqual(['scores', '495', '12']);
  expect(Object.is(read!.outputs.get('495')!.data[0], -0)).toBe(true);
});

test('a golden is two files beside each other, and nothing else is left', async () => {
  await store.write(dog, golden());
  await store.write(dog, golden());

  const files = await readdir(join(root, 'two', 'class'));
  const manifest = JSON.parse(await readFile(join(root, 'two', 'class', 'dog 1.json'), 'utf8')) as unknown;

  expect(files.sort()).toEqual(['dog 1.json', 'dog 1.npz']);
  expect(manifest).toEqual(golden().manifest);
});

test('the id follows every value: it is another one when a single bit of an output is', () => {
  const changed = new Map([...outputs, ['12', tensor('int64', [], BigInt64Array.of(6n))]] as const);

  expect(golden().id).toMatch(/^[0-9a-f]{64}$/);
  expect(golden().id).toBe(golden().id);
  expect(golden(changed).id).not.toBe(golden().id);
});

test('what is not stored is undefined, even if there is no golden folder', async () => {
  expect(await store.read(dog)).toBeUndefined();
  expect(await store.list()).toEqual([]);
});

test('all goldens are listed by the names they were written under', async () => {
  const names = [
    { folder: 'b', input: 'a/b' },
    { folder: 'a/x', input: '..' },
    { folder: 'a', input: 'Ölbild' },
    { folder: 'a', input: '1' },
  ];
  for (const name of names) await store.write(name, golden());

  expect(await store.list()).toEqual(names.toReversed().sort((a, b) => (a.folder < b.folder ? -1 : 1)));
});

test('nothing is written outside the golden folder', async () => {
  await store.write({ folder: 'a', input: '../../../escape' }, golden());

  await expect(store.write({ folder: '../out', input: 'dog' }, golden())).rejects.toMatchObject({
    code: 'HIL_GOLDEN_PATH',
  });
  expect(await readdir(join(root, '..'))).toEqual(['golden']);
});

describe('a damaged golden is an error, never taken for another one', () => {
  const json = () => join(root, 'two', 'class', 'dog 1.json');
  const npz = () => join(root, 'two', 'class', 'dog 1.npz');
  const damaged = (problem: string) => ({
    code: 'HIL_GOLDEN_DAMAGED',
    owner: 'spec',
    message: `the golden golden/two/class/dog 1 is damaged: ${problem}`,
    hint: 'Restore both files from version control, or make the golden anew: npx hil golden update <spec>',
  });
  const editManifest = async (edit: (text: string) => string) =>
    writeFile(json(), edit(await readFile(json(), 'utf8')));

  beforeEach(() => store.write(dog, golden()));

  test('a missing file', async () => {
    await rm(npz());
    await expect(store.read(dog)).rejects.toMatchObject(damaged('its .npz file is missing'));

    await store.write(dog, golden());
    await rm(json());
    await expect(store.read(dog)).rejects.toMatchObject(damaged('its .json file is missing'));
  });

  test('a cut archive', async () => {
    const bytes = await readFile(npz());
    await writeFile(npz(), bytes.subarray(0, bytes.length / 2));

    await expect(store.read(dog)).rejects.toMatchObject(damaged('its .npz file cannot be read'));
  });

  test('outputs of another golden', async () => {
    const other = new Map([...outputs, ['495', tensor('float32', [2, 1], Float32Array.of(0, 0.1))]] as const);
    await store.write({ folder: 'other', input: 'dog' }, golden(other));
    await writeFile(npz(), await readFile(join(root, 'other', 'dog.npz')));

    await expect(store.read(dog)).rejects.toMatchObject(
      damaged('output 495 does not have the values that its manifest names'),
    );
  });

  test('another shape, a lacking output, an output too many', async () => {
    await editManifest((text) => text.replace(/"shape": \[\s*2,\s*1\s*\]/, '"shape": [1, 2]'));
    await expect(store.read(dog)).rejects.toMatchObject(
      damaged('output 495 is float32 2x1, its manifest says float32 1x2'),
    );

    await store.write(dog, golden());
    await editManifest((text) => text.replace('"name": "12"', '"name": "13"'));
    await expect(store.read(dog)).rejects.toMatchObject(damaged('its .npz file lacks output 13'));

    const { '12': _, ...fewer } = Object.fromEntries(outputs);
    await store.write({ folder: 'other', input: 'dog' }, golden(new Map(Object.entries(fewer))));
    await writeFile(json(), await readFile(join(root, 'other', 'dog.json')));
    await expect(store.read(dog)).rejects.toMatchObject(
      damaged('its .npz file holds 12, which its manifest does not name'),
    );
  });

  test('a manifest that is none', async () => {
    await editManifest(() => '{"schema": 1,');
    await expect(store.read(dog)).rejects.toMatchObject(damaged('its .json file is no JSON'));

    await store.write(dog, golden());
    await editManifest((text) => text.replace('"bound"', '"bond"'));
    await expect(store.read(dog)).rejects.toMatchObject({
      code: 'HIL_GOLDEN_DAMAGED',
      message: expect.stringMatching(/its \.json file is no manifest: seal\.bound: /) as string,
    });
  });
});

test('a golden that cannot be written or read says what stands in the way', async () => {
  await writeFile(root, 'a file where the folder should be');

  await expect(store.write(dog, golden())).rejects.toMatchObject({
    code: 'HIL_GOLDEN_WRITE',
    owner: 'spec',
    message: expect.stringMatching(/^the golden .*dog 1 cannot be written: E/) as string,
    hint: 'Check that the disk has room and that the folder may be written to.',
  });
  await expect(store.read(dog)).rejects.toMatchObject({ code: 'HIL_FILE_UNREADABLE' });
  await expect(store.list()).rejects.toMatchObject({ code: 'HIL_FILE_UNREADABLE' });
});

test('files that are no goldens are not listed', async () => {
  await mkdir(join(root, 'net'), { recursive: true });
  await writeFile(join(root, 'net', 'README.md'), 'About these goldens.');

  expect(await store.list()).toEqual([]);
});
