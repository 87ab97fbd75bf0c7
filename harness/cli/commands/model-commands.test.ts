import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildVirtualModel } from '../../../runners/virtual/rknn/build-model.ts';
import { parseConverterConfig } from '../../../runners/virtual/rknn/converter-config.ts';
import { readOnnx, tensorToOnnx, writeOnnx } from '../../reference/onnx/model.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { TemporaryProject } from '../../spec/temporary-project.ts';
import { converterConfig, tinyProject, tinySpec } from '../e2e/tiny-project.ts';
import { cli } from '../fake-io.ts';
import { offlineNote } from '../offline/offline-board.ts';

/** A project with a second conversion of the tiny network, whose weights came out one and a half times too large. */
async function withOtherModel(): Promise<TemporaryProject> {
  const place = tinyProject({ tiny: tinySpec('tiny') });
  const onnx = readOnnx(readFileSync(place.path('specs/tiny.onnx')), 'tiny.onnx');
  onnx.graph.initializer = [
    tensorToOnnx('weight', tensor('float32', [2, 2], Float32Array.of(1.5, 0, 0, 1.5))),
  ];
  const model = await buildVirtualModel({
    onnx: writeOnnx(onnx),
    origin: 'tiny.onnx',
    name: 'tiny',
    config: parseConverterConfig(converterConfig, 'tiny.yaml'),
    dataset: [],
    engine: createOnnxRuntimeEngine(),
  });
  writeFileSync(place.path('other.rknn'), model);
  return place;
}

test('diff-model says which weights changed, and what that does to the answers', async () => {
  using place = await withOtherModel();

  const { code, stdout } = await cli(
    place.root,
    'diff-model',
    'specs/tiny.rknn',
    'other.rknn',
    '--spec',
    'specs',
  );

  expect(code).toBe(0);
  expect(stdout).toContain('Description\nnothing differs');
  expect(stdout).toMatch(/Weights and biases: 1 of \d+ differ/);
  // 1 became 1.5: half of what was there; the float network has 1.
  expect(stdout).toMatch(/weight +float16 +float16 +2 of 4 +50 % +0\.5 +0 % → 50 %/);
  // softmax([1, 0]) = 0.7310586, softmax([1.5, 0]) = 0.8175745.
  expect(stdout).toMatch(/tiny › up +prob +0: 0\.73106 +0: 0\.73\d+ +0: 0\.817\d+/);
  expect(stdout).toContain('the best class changes on 0 of 2');
  expect(stdout).toContain(offlineNote);
});

test('diff-model of a file with itself finds nothing', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') });

  const { code, stdout } = await cli(
    place.root,
    'diff-model',
    'specs/tiny.rknn',
    'specs/tiny.rknn',
    '--json',
  );

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    description: [],
    nodes: [],
    tensors: [],
    constants: [],
    answers: [],
  });
});

test('diff-model names a file that is not there', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') });

  const { code, stderr } = await cli(place.root, 'diff-model', 'specs/tiny.rknn', 'gone.rknn');

  expect(code).toBe(2);
  expect(stderr).toContain('gone.rknn cannot be read: there is no such file');
});

test('diff-model says of a folder that it is one', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') });

  const { stderr } = await cli(place.root, 'diff-model', 'specs/tiny.rknn', 'specs');

  expect(stderr).toContain('specs cannot be read: it is a folder');
});

test('convert-check finds nothing to do in a faithful conversion', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') });

  const { code, stdout } = await cli(place.root, 'convert-check', 'specs');

  expect(code).toBe(0);
  expect(stdout).toContain('specs/tiny.rknn: format fp16');
  expect(stdout).toContain('The best class is the float network’s on 2 of 2');
  expect(stdout).toContain('Nothing to do: every layer is as near to the float network as fp16 lets it be.');
  expect(stdout).toContain(offlineNote);
});

test('convert-check tells the error of each layer alone from what it inherits', async () => {
  using place = await withOtherModel();

  const { stdout } = await cli(place.root, 'convert-check', 'specs', '--model', 'other.rknn', '--json');

  const { models } = JSON.parse(stdout) as {
    models: {
      layers: { value: string; isolated: { relative: number }; cumulative: { relative: number } }[];
    }[];
  };
  const [scores, prob] = models[0]!.layers;
  expect(scores).toMatchObject({ value: 'scores' });
  expect(scores!.isolated.relative).toBeCloseTo(0.5, 2);
  // softmax([1.5, 0]) is 0.0865 from softmax([1, 0]) on both sides; its norm is 0.7790.
  expect(prob!.cumulative.relative).toBeCloseTo((0.0865159 * Math.SQRT2) / 0.7789657, 2);
  expect(prob!.isolated.relative).toBeLessThan(0.001);
});
