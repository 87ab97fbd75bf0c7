import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import type { AnalysedLayers } from './analyse-layers.ts';
import { compareStacks } from './compare-stacks.ts';
import type { LayerRow } from './layer-analysis.ts';
import { layerError } from './layer-error.ts';

interface Layer {
  readonly value: string;
  readonly fedBy: readonly string[];
  readonly isolated: readonly number[];
  readonly board: readonly number[];
}

const floats = (values: readonly number[]) => tensor('float32', [values.length], Float32Array.from(values));

/** What compareStacks reads of an analysis. */
function analysed(layers: readonly Layer[]): AnalysedLayers {
  const rows = layers.map(
    ({ value, fedBy, isolated, board }, index) =>
      ({
        index,
        value,
        fedBy,
        nodes: [{ name: value, opType: 'Conv' }],
        isolated: layerError(floats(isolated), floats(board)),
      }) as unknown as LayerRow,
  );
  const tensors = layers.map(({ board }) => floats(board));
  return { analysis: { rows }, tensors: { board: tensors } } as unknown as AnalysedLayers;
}

const many = (value: (i: number) => number) => Array.from({ length: 20_000 }, (_, i) => value(i));
const right = many((i) => Math.sin(i));
const rounded = (seed: number, size: number) => right.map((value, i) => value + size * Math.sin(i * seed));

const layer = (value: string, fedBy: string, board: readonly number[]): Layer => ({
  value,
  fedBy: [fedBy],
  isolated: right,
  board,
});

const a = layer('a', 'x', rounded(3, 1e-3));
const b = layer('b', 'a', rounded(5, 1e-3));
const c = layer('c', 'b', rounded(7, 1e-3));

test('stacks that give the same bits agree', () => {
  const comparison = compareStacks(['1.6.1', '1.7.5'], analysed([a, b, c]), analysed([a, b, c]));

  expect(comparison.first).toBeUndefined();
  expect(comparison.sentence).toBe('1.6.1 and 1.7.5 give the same bits in all 3 layers that were compared');
});

test('the first differing layer is named, and those behind it only if their own errors have another size', () => {
  const after = analysed([a, { ...b, board: rounded(5, 2e-3) }, { ...c, board: rounded(11, 1e-3) }]);

  const { first, rows, sentence } = compareStacks(['1.6.1', '1.7.5'], analysed([a, b, c]), after);

  expect(first).toBe(1);
  expect(rows.map(({ sameInputs, ownErrorChanged }) => [sameInputs, ownErrorChanged])).toEqual([
    [true, false],
    [true, true],
    [false, false],
  ]);
  expect(sentence).toMatch(
    /^b \(Conv\) is the first layer whose own error changed from 1\.6\.1 to 1\.7\.5: for the same inputs its values differ by up to 0\.001;/,
  );
});

test('a layer behind the first difference that has become worse is changed too', () => {
  const after = analysed([
    { ...a, board: rounded(4, 1e-3) },
    { ...b, board: rounded(9, 1e-3) },
    { ...c, board: rounded(13, 2e-3) },
  ]);

  const { rows } = compareStacks(['1.6.1', '1.7.5'], analysed([a, b, c]), after);

  expect(rows.map(({ ownErrorChanged }) => ownErrorChanged)).toEqual([true, false, true]);
});

test('NaN on one stack alone is a difference', () => {
  const after = analysed([{ ...a, board: a.board.with(5, NaN) }, b, c]);

  const { first, rows } = compareStacks(['1.6.1', '1.7.5'], analysed([a, b, c]), after);

  expect(first).toBe(0);
  expect(rows[0]).toMatchObject({ sameOutput: false, ownErrorChanged: true });
});
