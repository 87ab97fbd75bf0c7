import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gatherFacts, hashReference } from './golden-facts.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let folder: string;
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hil-facts-'));
  for (const name of ['net.onnx', 'net.prototxt', 'net.caffemodel', 'other.prototxt', 'dog.png']) {
    await writeFile(file(name), `content of ${name}`);
  }
});
afterAll(() => rm(folder, { recursive: true }));

const engine = { name: 'onnxruntime', version: '1.30.0' };

test('the facts are hashes of the files and of the preprocessing as canonical JSON', async () => {
  const facts = await gatherFacts({
    reference: { kind: 'onnx', path: file('net.onnx') },
    inputPath: file('dog.png'),
    preprocessing: { std: 1, mean: [104, 117.5], crop: undefined },
    engine,
  });

  expect(facts).toEqual({
    model: sha256('content of net.onnx'),
    input: sha256('content of dog.png'),
    preprocess: sha256('{"mean":[104,117.5],"std":1}'),
    preprocessing: { mean: [104, 117.5], std: 1 },
    engine,
  });
});

test('no preprocessing is a fact too', async () => {
  const facts = await gatherFacts({
    reference: { kind: 'onnx', path: file('net.onnx') },
    inputPath: file('dog.png'),
    preprocessing: undefined,
    engine,
  });

  expect([facts.preprocess, facts.preprocessing]).toEqual([sha256('null'), null]);
});

test('a Caffe network’s hash follows both of its files', async () => {
  const prototxt = file('net.prototxt');
  const caffemodel = file('net.caffemodel');

  const hashes = await Promise.all([
    hashReference({ kind: 'caffe', prototxt, caffemodel }),
    hashReference({ kind: 'caffe', prototxt: file('other.prototxt'), caffemodel }),
    hashReference({ kind: 'caffe', prototxt, caffemodel: file('net.onnx') }),
    hashReference({ kind: 'caffe', prototxt: caffemodel, caffemodel: prototxt }),
  ]);

  expect(new Set(hashes).size).toBe(4);
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
});
