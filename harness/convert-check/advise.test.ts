import { expect, test } from 'vitest';
import { advise } from './advise.ts';
import type { ConvertedLayer, WeightFinding } from './conversion-check.ts';
import { readingOf } from './read-layers.ts';

const layer = (value: string, cosine: number, changes: Partial<ConvertedLayer> = {}): ConvertedLayer => ({
  value,
  ops: ['Conv', 'Relu'],
  lid: `Conv_${value}_7`,
  cumulative: { cosine, relative: 0 },
  isolated: { cosine, relative: 0 },
  clipped: 0,
  reading: readingOf(cosine),
  ...changes,
});

const weight = (changes: Partial<WeightFinding>): WeightFinding => ({
  node: 'conv1',
  lid: 'conv1_7',
  op: 'CONV2D',
  role: 'weight',
  outlier: 4,
  snrDb: 40,
  coarseChannels: 0,
  channels: 16,
  ...changes,
});

const adviceOn = (changes: Partial<Parameters<typeof advise>[0]>) =>
  advise({ layers: [], weights: [], format: 'u8', optimizationLevel: undefined, ...changes });

test('a healthy conversion needs nothing', () => {
  expect(adviceOn({ layers: [layer('a', 0.9999), layer('b', 0.995)], weights: [weight({})] })).toEqual([]);
});

test('a first layer that got another input comes first of all', () => {
  const [first] = adviceOn({ layers: [layer('a', 0.9), layer('b', 0.4)] });

  expect(first!.finding).toContain('the first layer a has a cosine of 0.9');
  expect(first!.action).toContain('hil inspect');
});

test('a first layer that is off is not blamed on the format or the converter as well', () => {
  const advice = adviceOn({ layers: [layer('a', 0.4), layer('b', 0.9999)], format: 'fp16' });

  expect(advice).toHaveLength(1);
  expect(advice[0]!.finding).toContain('as a rule it gets another input');
  expect(advice[0]!.action).toContain('weights or bias');
});

test('of an only layer it is not claimed that its input is wrong', () => {
  const advice = adviceOn({ layers: [layer('prob', 0.6)], format: 'fp16', optimizationLevel: 3 });

  expect(advice).toHaveLength(1);
  expect(advice[0]!.finding).toContain('cannot be told apart');
});

test('a layer that computes something else is called a defect', () => {
  const advice = adviceOn({ layers: [layer('a', 0.9999), layer('b', 0.4)] });

  expect(advice).toHaveLength(1);
  expect(advice[0]!.finding).toContain('b (Conv, Relu) has a cosine of 0.4 by itself');
});

test('layers that do not take 8 bits are listed as hybrid quantisation wants them', () => {
  const [advice] = adviceOn({ layers: [layer('a', 0.9999), layer('b', 0.97)] });

  expect(advice!.action).toContain('customized_quantize_layers');
  expect(advice!.action).toContain('Conv_b_7: dynamic_fixed_point-i16');
});

test('lossy rewrites of the converter are only mentioned where a layer suffers', () => {
  const healthy = adviceOn({ layers: [layer('a', 0.9999)], optimizationLevel: 3 });
  const suffering = adviceOn({ layers: [layer('a', 0.9999), layer('b', 0.97)], optimizationLevel: 3 });

  expect(healthy).toEqual([]);
  expect(suffering[1]!.action).toContain('optimization_level=2');
});

test('clipped values call for better calibration pictures', () => {
  const [advice] = adviceOn({ layers: [layer('a', 0.9999, { clipped: 0.02 })] });

  expect(advice!.finding).toContain('a (2 %)');
  expect(advice!.action).toContain('100 to 500 pictures');
});

test('weights far out call for another algorithm, in 8 bits only', () => {
  const weights = [weight({ outlier: 25, snrDb: 22 })];

  expect(adviceOn({ weights })[0]!.action).toContain('mmse or kl_divergence');
  expect(adviceOn({ weights, format: 'i16' })).toEqual([]);
});

test('channels that are left a few steps are counted', () => {
  const [advice] = adviceOn({ weights: [weight({ coarseChannels: 3 })] });

  expect(advice!.finding).toContain('conv1 (3 of 16 channels)');
});
