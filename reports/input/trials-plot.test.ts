import { expect, test } from 'vitest';
import type { InputFinding } from '../../harness/explain/explanation.ts';
import { assertWellFormed } from '../xml-well-formed.ts';
import { trialsPlot } from './trials-plot.ts';

const values = (first: number) => [
  { index: 0, value: first },
  { index: 1, value: 1 - first },
];

const finding: InputFinding = {
  kind: 'declared',
  faults: [],
  output: 'prob <1>',
  unit: 'nats',
  boardDistance: 4,
  golden: values(0.95),
  board: values(0.25),
  trials: [
    { faults: [], description: 'red & blue', distance: 0.5, explained: 0.875, values: values(0.3) },
    { faults: [], description: 'nothing at all', distance: 0, explained: 1, values: [] },
  ],
  byChance: 0,
  tried: 2,
  leftOut: 0,
};

test('every input has a bar as long as its distance from the board, the right one too', () => {
  const svg = trialsPlot(finding);

  expect(() => assertWellFormed(svg)).not.toThrow();
  const bars = [...svg.matchAll(/class="(board|golden)" x="24" y="\d+" width="([\d.]+)"/g)].map(
    ([, look, long]) => [look, Number(long)],
  );
  // The axis ends at 4, which is 520 pixels.
  expect(bars).toEqual([
    ['board', 65],
    ['board', 1.5],
    ['golden', 520],
  ]);
  expect(svg).toContain('red &amp; blue: 0.3 / 0.7<');
  expect(svg).toContain('>0.5 nats<');
});
