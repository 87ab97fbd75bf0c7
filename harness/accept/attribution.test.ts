import { describe, expect, test } from 'vitest';
import { attribute, type GridCell } from './attribution.ts';
import { stackOf } from './fake-evidence.ts';
import { gridCells } from './grid-cell.ts';

/** Ten cases with a scatter of their own; what is added is the same in each but for a millionth. */
function cell(model: GridCell['model'], runtime: GridCell['runtime'], added: number, board = 'a'): GridCell {
  const responses = new Map(
    Array.from({ length: 10 }, (_, i) => [`case ${i}`, (i % 3) + added * (1 + (i - 4.5) * 1e-6)]),
  );
  return { model, runtime, board, responses };
}
const grid = (oldOld: number, newOld: number, oldNew: number, newNew: number, board?: string) => [
  cell('old', 'old', oldOld, board),
  cell('new', 'old', newOld, board),
  cell('old', 'new', oldNew, board),
  cell('new', 'new', newNew, board),
];
const effectsOf = (cells: readonly GridCell[]) =>
  Object.fromEntries(
    attribute(cells, 0.99)!.effects.map(({ factor, estimate, significant }) => [
      factor,
      significant ? Number(estimate.value.toFixed(6)) : 0,
    ]),
  );

describe('the grid of two models and two runtimes', () => {
  test('tells the converter’s doing from the runtime’s', () => {
    expect(effectsOf(grid(1, 3, 1, 3))).toEqual({ converter: 2, runtime: 0, interaction: 0 });
    expect(effectsOf(grid(1, 1, 4, 4))).toEqual({ converter: 0, runtime: 3, interaction: 0 });
  });

  test('tells what only both together do', () => {
    // Main effects are averages: half of it falls on either.
    expect(effectsOf(grid(0, 0, 0, 8))).toEqual({ converter: 4, runtime: 4, interaction: 8 });
  });

  test('tells a board that is off by itself, with boards as a further factor', () => {
    const cells = [...grid(1, 1, 1, 1, 'a'), ...grid(3, 3, 3, 3, 'b')];

    expect(effectsOf(cells)).toEqual({
      converter: 0,
      runtime: 0,
      interaction: 0,
      'board a': -1,
      'board b': 1,
    });
  });

  test('says it in a sentence', () => {
    expect(attribute(grid(1, 3, 1, 3), 0.99)!.sentence).toMatch(
      /^The result was moved by the converter by \+2 \(\+2 to \+2, p < 0\.0001\)\.$/,
    );
    expect(attribute(grid(1, 1, 1, 1), 0.99)!.sentence).toBe(
      'Neither converter nor runtime nor board moved the result beyond chance in 10 cases.',
    );
  });

  test('goes the one way that is left where a driver refuses the new model', () => {
    const cells = grid(1, 0, 4, 9).filter(({ model, runtime }) => model === 'old' || runtime === 'new');

    const found = attribute(cells, 0.99)!;

    expect(found.without).toBe('newOld');
    expect(Object.keys(found.means)).toEqual(['oldOld', 'oldNew', 'newNew']);
    // First the runtime (4 - 1), then the converter (9 - 4).
    expect(effectsOf(cells)).toEqual({ converter: 5, runtime: 3 });
  });

  test('says nothing of a grid with a hole, or of cells that have no two cases in common', () => {
    const cells = grid(1, 2, 3, 4);

    expect(attribute(cells.slice(1), 0.99)).toBeUndefined();
    expect(attribute(cells.slice(0, 3), 0.99)).toBeUndefined();
    expect(attribute([...cells, cell('old', 'old', 1, 'b')], 0.99)).toBeUndefined();
    expect(attribute([{ ...cells[0]!, responses: new Map() }, ...cells.slice(1)], 0.99)).toBeUndefined();
    expect(attribute([], 0.99)).toBeUndefined();
  });
});

test('a stack’s cases become cells of the grid, one for each board, with each case’s error', () => {
  const [cells, ...others] = gridCells(
    stackOf('SDK 1', (logits) => logits.map((logit) => 0.9 * logit)),
    { model: 'old', runtime: 'new' },
  );

  expect(others).toEqual([]);
  expect(cells).toMatchObject({ model: 'old', runtime: 'new', board: 'stick' });
  // Input 0 has the logits 3.1, 0.2, -1: spread about their mean by root mean square 1.7211, a tenth of which is the error.
  expect(cells!.responses.get('net › 0')).toBeCloseTo(0.17211, 4);
});
