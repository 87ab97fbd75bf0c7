import { describe, expect, test } from 'vitest';
import type { LayerAnalysis, LayerError, LayerRow } from '../../harness/layers/layer-analysis.ts';
import { tensor } from '../../harness/tensor/tensor.ts';
import { caseRecord } from '../fixture-records.ts';
import { assertWellFormed } from '../xml-well-formed.ts';
import { channelErrors } from './channel-plot.ts';
import { layerPage } from './layer-page.ts';
import { layerPlots } from './layer-plots.ts';

const error = (relative: number): LayerError => ({
  relative,
  cosine: 1,
  gain: 1,
  maxAbsError: relative,
  meanAbsError: relative,
  rmse: relative,
  snrDb: 60,
  maxUlp: 1,
});

const row = (index: number, value: string, changes: Partial<LayerRow> = {}): LayerRow => ({
  index,
  dumps: [`NodeID_${index}.txt`],
  kind: 'ConvolutionReluPoolingLayer2',
  value,
  shape: [1, 2, 1, 2],
  nodes: [{ name: value, opType: 'Conv' }],
  confidence: 1,
  grounds: 'correlation 1',
  layout: { order: 'planar', transposed: false, detected: true },
  cumulative: error(1e-3),
  isolated: error(1e-4),
  fedBy: [],
  expected: { cumulative: error(2e-3), isolated: error(2e-4) },
  excess: 0.3,
  ...changes,
});

const analysis: LayerAnalysis = {
  note: 'No verdict is ever taken from a dump run.',
  format: 'fp16',
  rows: [row(0, 'first'), row(1, 'second & <third>', { isolated: error(0.5), excess: 20 })],
  suspect: { row: 1, sentence: 'second & <third> is the first layer that is itself wrong.' },
  unmapped: { dumps: [{ dumps: ['x.txt'], elements: 7, reason: 'no value has as many' }], values: [] },
  remarks: [],
};

/** Channels (1, 2) and (3, 4); the second is 1 too high everywhere, the first 2 too low at one place. */
const suspect = {
  isolated: tensor('float32', [1, 2, 1, 2], Float32Array.of(1, 2, 3, 4)),
  board: tensor('float32', [1, 2, 1, 2], Float32Array.of(1, 0, 4, 5)),
};

test('the error of a channel is told from what is the same all over it', () => {
  expect(channelErrors(analysis.rows[1]!, suspect)).toEqual([
    { channel: 0, rmse: Math.SQRT2, bias: -1 },
    { channel: 1, rmse: 1, bias: 1 },
  ]);
});

describe('plots', () => {
  test('a wrong layer is shown over depth, as a scatter, and by channels', () => {
    const plots = layerPlots({ analysis, suspect });

    expect(plots.map(({ title }) => title)).toEqual([
      'layers: error over depth',
      'layer second & <third>: board against reference',
      'layer second & <third>: error of each channel',
    ]);
    for (const { svg } of plots) expect(() => assertWellFormed(svg)).not.toThrow();
    expect(plots[0]!.svg).toContain('2. second &amp; &lt;third&gt;');
  });

  test('without a wrong layer only the depth is shown, and without layers nothing', () => {
    const healthy = { ...analysis, suspect: undefined };

    expect(layerPlots({ analysis: healthy }).map(({ title }) => title)).toEqual(['layers: error over depth']);
    expect(layerPlots({ analysis: { ...healthy, rows: [] } })).toEqual([]);
  });

  test('errors that are 0, NaN or infinite are drawn at the ends and break nothing', () => {
    const rows = [0, NaN, Infinity].map((value, i) => row(i, `layer ${i}`, { isolated: error(value) }));

    const [depth] = layerPlots({ analysis: { ...analysis, rows, suspect: undefined } });

    expect(depth!.svg).not.toMatch(/(?:cx|cy|x\d?|y\d?|d)="[^"]*(?:NaN|Infinity)/);
  });
});

test('the page says that no verdict comes from it, names the layer, and holds nothing from outside', () => {
  const page = layerPage(caseRecord('net', 'apple'), { analysis, suspect });

  expect(page).toContain('No verdict is ever taken from a dump run.');
  expect(page).toContain('second &amp; &lt;third&gt; is the first layer that is itself wrong.');
  expect(page).toContain('Simulated');
  expect(page).toContain('dump x.txt: no value has as many');
  expect(page).not.toMatch(/<script|(?:src|href)="http/);
});

test('the page has columns for the model file where it could be computed, and only there', () => {
  const converted = { fromReference: error(0.0123), toBoard: error(0.456) };
  const rows = [row(0, 'first', { converted }), row(1, 'second')];

  const page = layerPage(caseRecord('net', 'apple'), { analysis: { ...analysis, rows } });
  const without = layerPage(caseRecord('net', 'apple'), { analysis });

  expect(page).toContain('<th>float → file</th><th>file → board</th>');
  expect(page).toContain('<td class="number">0.0123</td><td class="number">0.456</td>');
  expect(without).not.toContain('float → file');
});
