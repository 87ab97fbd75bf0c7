import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildVirtualModel } from '../../../runners/virtual/rknn/build-model.ts';
import { parseConverterConfig } from '../../../runners/virtual/rknn/converter-config.ts';
import { readOnnx, tensorToOnnx, writeOnnx } from '../../reference/onnx/model.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { listRuns } from '../../store/run-folder.ts';
import { tensor } from '../../tensor/tensor.ts';
import { hil } from './hil-process.ts';
import { converterConfig, tinyProject, tinySpec } from './tiny-project.ts';

const timeout = 120_000;

/** A board that is not there: whoever asks for it learns so. */
const config = JSON.stringify({
  boards: [{ name: 'gone', kind: 'ssh', host: '127.0.0.1', port: 9, sdks: ['1.6.1', '1.7.5'] }],
  acceptance: { minInputs: 2 },
});

const spec = tinySpec('tiny', {
  model: { reference: 'tiny.onnx', board: { '1.6.1': 'tiny.rknn', '1.7.5': 'new.rknn' }, format: 'fp16' },
});

/** The tiny network with other weights: `factor` times the unit matrix. */
async function convertedWith(onnx: Uint8Array, factor: number): Promise<Uint8Array> {
  const network = readOnnx(onnx, 'tiny.onnx');
  const weight = tensor('float32', [2, 2], Float32Array.of(factor, 0, 0, factor));
  network.graph.initializer = [tensorToOnnx('weight', weight)];
  return buildVirtualModel({
    onnx: writeOnnx(network),
    origin: 'tiny.onnx',
    name: 'tiny',
    config: parseConverterConfig(converterConfig, 'tiny.yaml'),
    dataset: [],
    engine: createOnnxRuntimeEngine(),
  });
}

/** From the first toolkit's models to the second's. */
const check = ['accept', '--offline', '--baseline', '1.6.1', '--candidate', '1.7.5'] as const;

describe('hil accept --offline', { timeout }, () => {
  test('rejects a toolkit whose models are off, without a board', async () => {
    using place = tinyProject({ tiny: spec }, { 'hil.config.yaml': config });
    const onnx = readFileSync(place.path('specs/tiny.onnx'));
    writeFileSync(place.path('specs/new.rknn'), await convertedWith(onnx, 2));

    const { code, stdout } = await hil(place.root, ...check);

    expect(stdout).toContain('REJECTED  models for SDK 1.6.1, offline → models for SDK 1.7.5, offline');
    expect(stdout).toContain('this says nothing about a real NPU');
    expect(code).toBe(1);
    // Not among the runs of boards.
    expect(listRuns(place.path('.hil'))).toEqual([]);
  });

  test('accepts a toolkit whose models are the same', async () => {
    using place = tinyProject({ tiny: spec }, { 'hil.config.yaml': config });
    writeFileSync(place.path('specs/new.rknn'), readFileSync(place.path('specs/tiny.rknn')));

    const { code, stdout } = await hil(place.root, ...check);

    expect(stdout).toContain('every answer has the same bits');
    expect(code).toBe(0);
  });

  test('cannot be asked for boards as well', async () => {
    using place = tinyProject({ tiny: spec }, { 'hil.config.yaml': config });

    const { code, stderr } = await hil(place.root, ...check, '--board', 'gone');

    expect(code).toBe(2);
    expect(stderr).toContain('--offline compares models without boards or stored runs');
  });
});
