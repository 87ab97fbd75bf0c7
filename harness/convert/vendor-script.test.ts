import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { packageFolder } from '../harness-version.ts';
import { readRknn } from '../reference/rknn-file/rknn-file.ts';
import { vendorScript } from './converted-models.ts';
import type { ConversionRequest } from './stage-conversion.ts';

// Against fakes of the vendor's toolkits, which take the documented calls and convert nothing (fake-toolkit/README.md).
const fakes = join(packageFolder, 'harness/convert/fake-toolkit');
const run = promisify(execFile);
const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
);

const pictures = { 'a.png': '', 'b.png': '', 'dataset.txt': 'a.png\nb.png\n' };

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Calls that the fake got, by name. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Runs the script in an environment that has one of the fakes. */
async function convert(
  generation: 'older' | 'newer',
  request: Partial<ConversionRequest>,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'hil-vendor-script-'));
  try {
    const whole = {
      schema: 1,
      toolkit: generation === 'older' ? '1.3.2' : '1.7.5',
      model: 'net.onnx',
      weights: null,
      settings: {},
      dataset: 'dataset.txt',
      output: 'net.rknn',
      ...request,
    } satisfies ConversionRequest;
    for (const [name, text] of Object.entries({
      ...pictures,
      'net.onnx': '',
      'net.prototxt': '',
      'w.caffemodel': '',
    }))
      writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'request.json'), JSON.stringify(whole));
    const { code, stdout, stderr } = await run('python3', [vendorScript, join(folder, 'request.json')], {
      cwd: tmpdir(),
      env: {
        PATH: process.env['PATH'] ?? '',
        PYTHONPATH: `${fakes}:${join(fakes, generation)}`,
        PYTHONDONTWRITEBYTECODE: '1',
        ...env,
      },
    }).then(
      (said) => ({ code: 0, ...said }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    if (code !== 0) return { code, stdout, stderr, calls: {} };
    const { trailer } = readRknn(readFileSync(join(folder, 'net.rknn')), 'net.rknn');
    return { code, stdout, stderr, calls: Object.fromEntries(trailer['fake_calls'] as []) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.runIf(hasPython)('our script for the vendor’s toolkits, with fakes of them (needs python3)', () => {
  const settings = {
    mean_values: [[104, 117, 123]],
    std_values: [[58, 58, 58]],
    reorder_channel: '2 1 0',
    quantized_dtype: 'dynamic_fixed_point-i8',
  };

  test('gives a newer toolkit its settings as they are', async () => {
    const { code, calls, stdout } = await convert('newer', { settings });

    expect(code).toBe(0);
    expect(calls).toMatchObject({
      config: { ...settings, target_platform: ['rk1808'] },
      load_onnx: { inputs: null },
      build: { do_quantization: true, runs: 2 },
      export_rknn: {},
    });
    expect(stdout).toMatch(/--> config\(.*--> load_onnx\(.*--> build\(.*--> export_rknn\(.*done/s);
  });

  test('rewrites them for an older one, whose config returns nothing', async () => {
    const { calls } = await convert('older', { settings });

    expect(calls).toMatchObject({
      config: {
        channel_mean_value: '104 117 123 58',
        reorder_channel: '2 1 0',
        quantized_dtype: 'dynamic_fixed_point-8',
      },
      build: { runs: 2 },
    });
  });

  test('knows the older spelling of a type too', async () => {
    const { calls } = await convert('newer', { settings: { quantized_dtype: 'asymmetric_quantized-u8' } });

    expect(calls['config']).toMatchObject({ quantized_dtype: 'asymmetric_affine-u8' });
  });

  test('joins several inputs in the old form', async () => {
    const { calls } = await convert('older', {
      settings: { mean_values: [[1, 2, 3], [4.5]], std_values: [[1, 1, 1], [255]] },
    });

    expect(calls['config']).toMatchObject({ channel_mean_value: '1 2 3 1#4.5 255' });
  });

  test.each(['older', 'newer'] as const)(
    'loads a pair of Caffe files with a %s toolkit',
    async (generation) => {
      const { calls } = await convert(generation, { model: 'net.prototxt', weights: 'w.caffemodel' });

      expect(calls['load_caffe']).toEqual({ proto: 'caffe' });
    },
  );

  test('converts to fp16 without calibration data', async () => {
    const { calls } = await convert('newer', { settings: { do_quantization: false }, dataset: null });

    expect(calls['build']).toMatchObject({ do_quantization: false });
  });

  test('hands arguments of the loader on', async () => {
    const load = { inputs: ['data'], input_size_list: [[3, 64, 64]] };

    const { calls } = await convert('newer', { settings: { load } });

    expect(calls['load_onnx']).toMatchObject(load);
  });

  test.each([
    [
      'a divisor for each channel, which older toolkits have not',
      'older',
      { settings: { mean_values: [[0, 0, 0]], std_values: [[1, 2, 3]] } },
      'std_values[0] is [1, 2, 3], but this toolkit takes one value for all channels',
    ],
    [
      'a setting that the toolkit does not know',
      'older',
      { settings: { quantized_algorithm: 'mmse' } },
      'toolkit 1.3.2 does not know quantized_algorithm',
    ],
    [
      'quantisation without data',
      'newer',
      { dataset: null },
      'do_quantization is on, but dataset names no calibration data',
    ],
    ['a framework that it has no loader for', 'older', { model: 'net.tflite' }, 'has no load_tflite'],
    ['weights that are missing', 'newer', { model: 'net.prototxt' }, 'a .caffemodel is needed'],
    [
      'both forms of the mean',
      'newer',
      { settings: { ...settings, channel_mean_value: '0 0 0 1' } },
      'channel_mean_value excludes mean_values and std_values',
    ],
  ] as const)('refuses %s', async (_, generation, request, message) => {
    const { code, stderr } = await convert(generation, request);

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) as string });
  });

  test.each(['load_onnx', 'build', 'export_rknn'])('says that %s failed', async (call) => {
    const { code, stderr } = await convert('newer', {}, { FAKE_RKNN_FAILS: call });

    expect(code).toBe(1);
    expect(stderr).toContain(`rknn.${call} returned -1`);
  });

  test('says that a Python has no toolkit', async () => {
    const { code, stderr } = await convert('newer', {}, { PYTHONPATH: '' });

    expect(code).toBe(2);
    expect(stderr).toContain('this Python has no rknn-toolkit');
  });
});
