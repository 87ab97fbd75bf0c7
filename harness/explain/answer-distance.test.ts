import { expect, test } from 'vitest';
import { compareOutputs } from '../compare/compare.ts';
import { type NamedTensors, tensor } from '../tensor/tensor.ts';
import { yardstickFor } from './answer-distance.ts';

const named = (name: string, shape: readonly number[], ...values: number[]): NamedTensors =>
  new Map([[name, tensor('float32', shape, Float32Array.from(values))]]);

const measured = (golden: NamedTensors, board: NamedTensors) =>
  yardstickFor(compareOutputs(golden, board, { limits: { atol: 0.01 } }), golden, board);

test('two classes: the change of the margin, in nats, as published for the forum’s network', () => {
  const golden = named('prob', [1, 2], 0.958134, 0.041866);
  const board = named('prob', [1, 2], 0.947266, 0.052887);

  const yardstick = measured(golden, board)!;

  expect(yardstick.unit).toBe('nats');
  // ln(0.958134 / 0.041866) = 3.1305 and ln(0.947266 / 0.052887) = 2.8854.
  expect(yardstick.distance(golden, board)).toBeCloseTo(0.2451, 3);
  expect(yardstick.shown(board).map(({ index }) => index)).toEqual([0, 1]);
});

test('logits: the largest change between two classes; a common shift is none', () => {
  const golden = named('score', [1, 3], 1, 5, -2);
  const board = named('score', [1, 3], 4, 8.5, 1);

  expect(measured(golden, board)!.distance(golden, board)).toBeCloseTo(0.5, 6);
});

test('many rows: all of them count, not the worst alone', () => {
  const golden = named('score', [1, 3, 2], 1, 0, 2, 0, 0, 1);
  const board = named('score', [1, 3, 2], 1, 0, 5, 0, 4, 1);
  // It comes near the row that is worst, and misses another by far.
  const wrong = named('score', [1, 3, 2], 0, 6, 2, 0, 4, 1);

  const limits = { atol: 0.01 };
  const outputLimits = new Map([['score', { limits, kind: 'logits' as const }]]);
  const yardstick = yardstickFor(compareOutputs(golden, board, { limits, outputLimits }), golden, board)!;

  expect(yardstick.unit).toBe('nats-over-rows');
  // Changes of 0, 3 and 4; then of 7, 3 and 0.
  expect(yardstick.distance(golden, board)).toBeCloseTo(Math.sqrt(25 / 3), 6);
  expect(yardstick.distance(wrong, board)).toBeCloseTo(Math.sqrt(58 / 3), 6);
  expect(yardstick.shown(board)).toEqual([]);
});

test('anything else: RMS error over the golden’s RMS', () => {
  const golden = named('boxes', [4], 30, 40, 0, -1);
  const board = named('boxes', [4], 30, 40, 3, -5);

  const limits = { atol: 0.01 };
  const outputLimits = new Map([['boxes', { limits, kind: 'values' as const }]]);
  const yardstick = yardstickFor(compareOutputs(golden, board, { limits, outputLimits }), golden, board)!;

  expect(yardstick.unit).toBe('relative');
  // Errors 3 and 4 against 50 (and 1).
  expect(yardstick.distance(golden, board)).toBeCloseTo(5 / Math.sqrt(2501), 6);
});

test('what cannot be compared has no yardstick, and a missing output no distance', () => {
  const golden = named('prob', [1, 2], 0.9, 0.1);

  expect(measured(golden, named('prob', [1, 2], Number.NaN, 0.1))).toBeUndefined();
  expect(measured(golden, named('prob', [2, 1], 0.9, 0.1))).toBeUndefined();
  expect(measured(golden, golden)!.distance(golden, named('other', [1, 2], 0.9, 0.1))).toBeNaN();
});
