import { describe, expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { compareOutputs } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { mobileNet, shuffleNet, twoClass } from './published-answers.ts';
import type { PresetName } from './tolerance.ts';

function compare(golden: readonly number[], board: readonly number[], preset: PresetName): Comparison {
  const output = (values: readonly number[]) =>
    new Map([['prob', tensor('float32', [1, values.length], Float32Array.from(values))]]);
  return compareOutputs(output(golden), output(board), { limits: { preset } });
}

function measured(golden: readonly number[], board: readonly number[]) {
  const { outputs } = compare(golden, board, 'fp16');
  const { metrics, ranking } = outputs[0]!;
  return {
    error: Number(metrics.maxAbsError.toFixed(4)),
    marginPercent: Math.round((ranking!.boardMargin / ranking!.goldenMargin - 1) * 1000) / 10,
    kl: Number(metrics.kl.toPrecision(2)),
    ulp: metrics.maxUlp,
  };
}

describe('the published answers measure what the documents say', () => {
  test.each([
    [
      'TensorRT mixed',
      twoClass.fp32,
      twoClass.tensorRtMixed,
      { error: 0.0013, marginPercent: -1, kl: 1.9e-5, ulp: 41 },
    ],
    [
      'RKNN fp16',
      twoClass.fp32,
      twoClass.rknnFp16,
      { error: 0.011, marginPercent: -7.8, kl: 1.3e-3, ulp: 361 },
    ],
    [
      'reordered',
      twoClass.fp32,
      twoClass.reordered,
      { error: 0.1725, marginPercent: -58.5, kl: 0.12, ulp: 2431 },
    ],
    [
      'declared NCHW',
      twoClass.fp32,
      twoClass.declaredNchw,
      { error: 0.3178, marginPercent: -81.6, kl: 0.3, ulp: 3173 },
    ],
    [
      'read as INT8',
      twoClass.fp32,
      twoClass.readAsInt8,
      { error: 0.9576, marginPercent: -330.7, kl: 6.7, ulp: 10_671 },
    ],
    [
      'MobileNet i16',
      mobileNet.fp16,
      mobileNet.i16,
      { error: 0.0006, marginPercent: -0.5, kl: 2.5e-5, ulp: 325 },
    ],
    [
      'MobileNet u8',
      mobileNet.fp16,
      mobileNet.u8,
      { error: 0.083, marginPercent: -22.6, kl: 0.051, ulp: 5723 },
    ],
    [
      'MobileNet u8, guide',
      mobileNet.fp16,
      mobileNet.u8Guide,
      { error: 0.0977, marginPercent: -26.1, kl: 0.062, ulp: 5889 },
    ],
    [
      'MobileNet i8',
      mobileNet.fp16,
      mobileNet.i8,
      { error: 0.2251, marginPercent: -66.9, kl: 0.17, ulp: 2639 },
    ],
    [
      'ShuffleNet u8',
      shuffleNet.onnx,
      shuffleNet.u8,
      { error: 0.0664, marginPercent: -31.7, kl: 0.039, ulp: 3526 },
    ],
    [
      'ShuffleNet hybrid',
      shuffleNet.onnx,
      shuffleNet.hybrid,
      { error: 0.0254, marginPercent: -19.1, kl: 0.0084, ulp: 1347 },
    ],
  ])('%s', (_, golden, board, expected) => {
    expect(measured(golden, board)).toEqual(expected);
  });
});

describe('every preset passes what is documented as right for its format', () => {
  test.each([
    ['fp16', 'TensorRT mixed', twoClass.fp32, twoClass.tensorRtMixed],
    ['fp16', 'RKNN fp16', twoClass.fp32, twoClass.rknnFp16],
    ['i16', 'MobileNet', mobileNet.fp16, mobileNet.i16],
    ['u8', 'MobileNet', mobileNet.fp16, mobileNet.u8],
    ['u8', 'MobileNet, batch demo', mobileNet.fp16, mobileNet.u8Batch],
    ['u8', 'MobileNet, user guide', mobileNet.fp16, mobileNet.u8Guide],
    ['u8', 'ShuffleNet', shuffleNet.onnx, shuffleNet.u8],
    ['u8', 'ShuffleNet hybrid', shuffleNet.onnx, shuffleNet.hybrid],
    ['i8', 'MobileNet', mobileNet.fp16, mobileNet.i8],
  ] as const)('%s: %s', (preset, _, golden, board) => {
    const { ok, outputs } = compare(golden, board, preset);

    expect(outputs[0]!.checks.filter((check) => !check.ok)).toEqual([]);
    expect(ok).toBe(true);
  });

  test('with room: only i8 passes its own answer marginally', () => {
    expect(compare(twoClass.fp32, twoClass.rknnFp16, 'fp16').marginal).toBe(false);
    expect(compare(mobileNet.fp16, mobileNet.i16, 'i16').marginal).toBe(false);
    expect(compare(mobileNet.fp16, mobileNet.u8Guide, 'u8').marginal).toBe(false);
    expect(compare(mobileNet.fp16, mobileNet.i8, 'i8').marginal).toBe(true);
  });
});

const wrongInputs = [
  ['reordered', twoClass.reordered],
  ['declared NCHW', twoClass.declaredNchw],
  ['read as INT8', twoClass.readAsInt8],
] as const;

describe('every preset fails what is documented as wrong', () => {
  test.each(
    (['fp16', 'i16', 'u8'] as const).flatMap((preset) =>
      wrongInputs.map(([name, board]) => [preset, name, board] as const),
    ),
  )('%s: %s', (preset, _, board) => {
    expect(compare(twoClass.fp32, board, preset).ok).toBe(false);
  });

  test.each(wrongInputs.slice(1))('i8: %s', (_, board) => {
    expect(compare(twoClass.fp32, board, 'i8').ok).toBe(false);
  });

  test.each([
    ['fp16', mobileNet.u8],
    ['fp16', mobileNet.i8],
    ['i16', mobileNet.u8],
    ['i16', mobileNet.u8Batch],
    ['i16', mobileNet.i8],
    ['u8', mobileNet.i8],
  ] as const)('%s: the same network in a coarser format', (preset, board) => {
    expect(compare(mobileNet.fp16, board, preset).ok).toBe(false);
  });

  test.each(['fp16', 'i16'] as const)('%s: ShuffleNet with most of its layers in u8', (preset) => {
    expect(compare(shuffleNet.onnx, shuffleNet.u8, preset).ok).toBe(false);
  });
});

test('i8 is documented to be blind to exchanged colours: they do less harm than the format itself', () => {
  expect(compare(twoClass.fp32, twoClass.reordered, 'i8').ok).toBe(true);
});

describe('presets for what is no softmax', () => {
  const logits = (...values: number[]) =>
    new Map([['fc', tensor('float32', [1, 2], Float32Array.from(values))]]);
  const map = (...values: number[]) =>
    new Map([['conv', tensor('float32', [1, 1, 2, values.length / 2], Float32Array.from(values))]]);

  test('fp16 passes the published logits, 1 % low', () => {
    const comparison = compareOutputs(logits(-2734.590332, 1336.125732), logits(-2708, 1323), {
      limits: { preset: 'fp16' },
    });

    expect(comparison.outputs[0]!.kind).toBe('logits');
    expect(comparison.ok).toBe(true);
  });

  test('fp16 passes the published first convolution', () => {
    const reference = [
      -104.96772, -179.990646, -189.67926, -193.20134, -188.290512, -186.644836, -186.533371, -189.821106,
      -193.032257, -191.848618,
    ];
    const observed = [-104.9375, -180, -189.625, -193.125, -188.25, -186.625, -186.5, -189.75, -193, -191.75];

    const comparison = compareOutputs(map(...reference), map(...observed), { limits: { preset: 'fp16' } });

    expect(comparison.outputs[0]!.kind).toBe('values');
    expect(comparison.outputs[0]!.metrics.cosine).toBeCloseTo(0.99999999, 7);
    expect(comparison.outputs[0]!.metrics.maxAbsError).toBeCloseTo(0.0986, 4);
    expect(comparison.ok).toBe(true);
  });

  test.each(['fp16', 'i16', 'u8', 'i8'] as const)('%s fails a factor of 1.5 and another order', (preset) => {
    const golden = [1, 5, 2, 8, 3, 1, 9, 4];
    const scaled = golden.map((value) => value * 1.5);
    const shifted = [...golden.slice(1), golden[0]!];

    for (const board of [scaled, shifted]) {
      expect(compareOutputs(map(...golden), map(...board), { limits: { preset } }).ok).toBe(false);
    }
  });
});
