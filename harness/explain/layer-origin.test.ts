import { expect, test } from 'vitest';
import { layerOrigin } from './layer-origin.ts';

/** A layer's own error, the file's from the reference and the board's from the file, over the RMS. */
const originOf = (own: number, fromReference: number, toBoard: number) => {
  const error = (relative: number) => ({
    cosine: 1,
    gain: 1,
    maxAbsError: relative,
    meanAbsError: relative,
    rmse: relative,
    snrDb: 0,
    maxUlp: 0,
    relative,
  });
  return layerOrigin({
    isolated: error(own),
    converted: { fromReference: error(fromReference), toBoard: error(toBoard) },
  })?.by;
};

test('whoever is free of the layer’s own error did not make it', () => {
  expect(originOf(0.3, 0.31, 0.001)).toBe('file');
  expect(originOf(0.3, 0.001, 0.31)).toBe('board');
});

test('where both are off, or neither, nobody is named', () => {
  expect(originOf(0.05, 0.2, 0.15)).toBe('undecided');
  expect(originOf(0.3, 0.01, 0.01)).toBe('undecided');
});

test('a board that gives no numbers where the file gives some is the one', () => {
  expect(originOf(Number.NaN, 0.001, Number.NaN)).toBe('board');
  expect(originOf(Number.NaN, Number.NaN, Number.NaN)).toBe('undecided');
});

test('without the file’s value there is nothing to say', () => {
  const error = { cosine: 1, gain: 1, maxAbsError: 0, meanAbsError: 0, rmse: 0, snrDb: 0, maxUlp: 0 };

  expect(layerOrigin({ isolated: { ...error, relative: 0.3 } })).toBeUndefined();
});
