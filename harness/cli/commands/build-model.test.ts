import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { converterConfig, tinyProject } from '../e2e/tiny-project.ts';
import { cli } from '../fake-io.ts';

const build = (root: string, onnx = 'specs/tiny.onnx') =>
  cli(root, 'virtual', 'build-model', onnx, 'tiny.yaml', '--output', 'models/tiny.rknn');

test('converts a network as its config says, and says what it is good for', async () => {
  using place = tinyProject({}, { 'tiny.yaml': JSON.stringify(converterConfig) });

  const { code, stdout } = await build(place.root);

  const bytes = readFileSync(place.path('models/tiny.rknn'));
  expect(stdout).toBe(`models/tiny.rknn: ${bytes.length} bytes, fp16, for the virtual board only\n`);
  expect(bytes.equals(readFileSync(place.path('specs/tiny.rknn')))).toBe(true);
  expect(code).toBe(0);
});

test.each([
  ['a network that is not there', 'specs/none.onnx', '{}', 'none.onnx'],
  ['a network that is none', 'tiny.yaml', 'do_quantization: false', 'tiny.yaml is not a readable ONNX model'],
  ['a config with a key that the converter does not know', 'specs/tiny.onnx', 'mean: [1]', 'mean'],
  ['a config that is no YAML', 'specs/tiny.onnx', 'a: [', 'it is no YAML, line 1'],
  [
    'quantisation without calibration data',
    'specs/tiny.onnx',
    'do_quantization: true',
    'or write do_quantization: false',
  ],
])('%s is refused with a next step, and nothing is written', async (_, onnx, config, problem) => {
  using place = tinyProject({}, { 'tiny.yaml': config });
  writeFileSync(place.path('tiny.yaml'), config);

  const { code, stderr } = await build(place.root, onnx);

  expect(stderr).toContain(problem);
  expect(stderr).toMatch(/^ {2}next: .+$/m);
  expect(code).toBe(2);
  expect(() => readFileSync(place.path('models/tiny.rknn'))).toThrow('ENOENT');
});
