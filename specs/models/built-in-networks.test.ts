import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodePicture } from '../../harness/input/decode-picture.ts';
import { cropAndResize, preprocess } from '../../harness/input/preprocess.ts';
import type { ReferenceModel } from '../../harness/reference/engine.ts';
import { createOnnxRuntimeEngine } from '../../harness/reference/onnx-runtime-engine.ts';
import { readOnnx } from '../../harness/reference/onnx/model.ts';
import { preprocessSchema } from '../../harness/spec/schema.ts';
import { type Tensor, tensor } from '../../harness/tensor/tensor.ts';

const models = import.meta.dirname;
const images = path.join(models, '../images');

const resize = { width: 64, height: 64 };
const networks = [
  {
    name: 'two-class',
    declaration: preprocessSchema.parse({ resize, channelOrder: 'bgr', mean: 128, layout: 'NCHW' }),
  },
  {
    name: 'ten-class',
    declaration: preprocessSchema.parse({
      resize,
      channelOrder: 'rgb',
      mean: 127.5,
      std: 127.5,
      layout: 'NCHW',
    }),
  },
];

interface Expected {
  readonly softmax: Record<string, number[]>;
  readonly settings: Record<string, { readonly softmax: number[] }>;
}

// PyTorch and ONNX Runtime sum in another order, which costs about 1e-6. One 8-bit step in one pixel moves the softmax of
// the unsure pictures by 1e-5 and more, so a wrong decoder or resize cannot hide here.
const atol = 1e-5;

describe.each(networks)('$name', ({ name, declaration }) => {
  let model: ReferenceModel;
  beforeAll(async () => {
    model = await loadModel(name);
  });
  afterAll(async () => model[Symbol.asyncDispose]());

  test('has an expected softmax for each of its pictures, with one probability for each label', async () => {
    const files = await readdir(path.join(images, name));
    const labels = (await readFile(path.join(models, `${name}.labels.txt`), 'utf8')).trimEnd().split('\n');

    const { softmax } = await readExpected(name);

    expect(Object.keys(softmax).sort()).toEqual(files.map((file) => path.parse(file).name).sort());
    for (const probabilities of Object.values(softmax)) expect(probabilities).toHaveLength(labels.length);
  });

  test('answers to every picture what PyTorch and OpenCV computed', async () => {
    const { softmax } = await readExpected(name);
    const far: string[] = [];

    for (const file of await readdir(path.join(images, name))) {
      const answer = await answerOf(model, preprocess(await readPicture(name, file), declaration));
      const off = distance(answer, softmax[path.parse(file).name]!);
      if (!(off <= atol)) far.push(`${file} is off by ${off}`);
    }

    expect(far).toEqual([]);
  });

  test('keeps BatchNormalization as a node of its own behind every convolution', async () => {
    const { graph } = readOnnx(await readFile(path.join(models, `${name}.onnx`)), name);

    const convolutions = graph.node.filter(({ opType }) => opType === 'Conv');
    const readers = convolutions.map(({ output }) =>
      graph.node.filter(({ input }) => input.includes(output[0]!)).map(({ opType }) => opType),
    );

    expect(convolutions.length).toBeGreaterThan(10);
    expect(readers).toEqual(convolutions.map(() => ['BatchNormalization']));
  });
});

describe('the story picture', () => {
  const { declaration } = networks[0]!;
  let model: ReferenceModel;
  beforeAll(async () => {
    model = await loadModel('two-class');
  });
  afterAll(async () => model[Symbol.asyncDispose]());

  test('answers as PyTorch says when the settings are right', async () => {
    const picture = await readPicture('story', 'picture.png');

    const answer = await answerOf(model, preprocess(picture, declaration));

    expect(distance(answer, (await readExpected('story')).softmax['picture']!)).toBeLessThanOrEqual(atol);
  });

  test('answers as the story says when red and blue are exchanged', async () => {
    const picture = await readPicture('story', 'picture.png');

    const answer = await answerOf(model, preprocess(picture, { ...declaration, channelOrder: 'rgb' }));

    expect(distance(answer, await storySoftmax('float_nchw_mean0_reorder210'))).toBeLessThanOrEqual(atol);
  });

  test('answers as the story says when bytes are read as signed, with red and blue exchanged', async () => {
    const pixels = cropAndResize(await readPicture('story', 'picture.png'), declaration);
    const planes = new Float32Array(3 * 64 * 64);
    const signed = new Int8Array(pixels.data);
    for (const [i, value] of signed.entries()) {
      planes[(2 - (i % 3)) * 64 * 64 + Math.floor(i / 3)] = value - 128;
    }

    const answer = await answerOf(model, tensor('float32', [1, 3, 64, 64], planes));

    expect(distance(answer, await storySoftmax('int8_nhwc_mean128_reorder210'))).toBeLessThanOrEqual(atol);
  });

  test('answers as the story says when the signed bytes are taken for planes', async () => {
    const pixels = cropAndResize(await readPicture('story', 'picture.png'), declaration);
    const [first, second, third] = [0, 1, 2].map((c) =>
      Float32Array.from(new Int8Array(pixels.data).subarray(c * 64 * 64, (c + 1) * 64 * 64), (v) => v - 128),
    );
    const planes = Float32Array.from([...third!, ...second!, ...first!]);

    const answer = await answerOf(model, tensor('float32', [1, 3, 64, 64], planes));

    expect(distance(answer, await storySoftmax('int8_declared_nchw_mean128_reorder210'))).toBeLessThanOrEqual(
      atol,
    );
  });
});

async function loadModel(name: string): Promise<ReferenceModel> {
  const bytes = await readFile(path.join(models, `${name}.onnx`));
  return createOnnxRuntimeEngine().load(bytes, `${name}.onnx`, { optimise: true });
}

async function readExpected(name: string): Promise<Expected> {
  return JSON.parse(await readFile(path.join(models, `${name}.expected.json`), 'utf8')) as Expected;
}

const storySoftmax = async (setting: string) => (await readExpected('story')).settings[setting]!.softmax;

const readPicture = async (folder: string, file: string) =>
  decodePicture(await readFile(path.join(images, folder, file)), file);

async function answerOf(model: ReferenceModel, data: Tensor): Promise<number[]> {
  const outputs = await model.run(new Map([['data', data]]));
  return Array.from(outputs.get('prob')!.data, Number);
}

/** Largest |difference|; NaN where the answer has fewer values than wanted. */
const distance = (answer: readonly number[], wanted: readonly number[]): number =>
  Math.max(...wanted.map((probability, i) => Math.abs(probability - answer[i]!)));
