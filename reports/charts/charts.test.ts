import { describe, expect, test } from 'vitest';
import { tensor } from '../../harness/tensor/tensor.ts';
import { softmaxComparison } from '../fixture-records.ts';
import { failedByFlip, failedByNaN, fixtureCapture, tenBoard, tenGolden } from '../fixture-run.ts';
import { assertWellFormed } from '../xml-well-formed.ts';
import { linearAxis, logAxis } from './axis.ts';
import { barChart } from './bar-chart.ts';
import { chartOfOutput } from './chart-of-output.ts';
import { errorHistogram, spreadOfErrors } from './error-histogram.ts';
import { topClasses } from './top-classes.ts';

/** Every bar of one side, in order: its left end and its width. */
const bars = (svg: string, side: 'golden' | 'board') =>
  [...svg.matchAll(new RegExp(`<rect class="${side}" x="([\\d.]+)" y="[\\d.]+" width="([\\d.]+)"`, 'g'))]
    .slice(1) // the first is the legend's
    .map(([, x, width]) => [Number(x), Number(width)]);

describe('the classes of a chart', () => {
  test('are the best of either side, best golden first', () => {
    const golden = [0.1, 0.6, 0.05, 0.25, 0];
    const board = [0.05, 0.1, 0.8, 0.04, 0.01];

    expect(topClasses(golden, board, { count: 3 }).map(({ index }) => index)).toEqual([1, 3, 2]);
  });

  test('hold a class whose value is no number, however many others there are', () => {
    const golden = tenGolden.concat(0);
    const board = tenBoard.concat(NaN);

    expect(topClasses(golden, board, { count: 3 }).map(({ index }) => index)).toEqual([0, 1, 10]);
  });

  test('have their labels, where there are any', () => {
    expect(topClasses([1, 0], [1, 0], { labels: ['cat'] }).map(({ label }) => label)).toEqual([
      '0 cat',
      'class 1',
    ]);
  });
});

describe('axes', () => {
  test('a linear axis holds 0 and has round ticks', () => {
    const axis = linearAxis([0.958, 0.042], 400);

    expect(axis.ticks.map(({ label }) => label)).toEqual(['0', '0.5', '1']);
    expect(axis.position(0.958)).toBeCloseTo(383.2);
    expect(axis.origin).toBe(0);
  });

  test('negative values grow to the left of 0', () => {
    const axis = linearAxis([-2734.59, 1336.13], 400);

    expect(axis.ticks.map(({ label }) => label)).toEqual(['-4000', '-2000', '0', '2000']);
    expect(axis.origin).toBeCloseTo((4000 / 6000) * 400);
    expect(axis.position(-2734.59)).toBeCloseTo(((4000 - 2734.59) / 6000) * 400);
  });

  test('an axis without a finite value still is one', () => {
    expect(linearAxis([NaN, Infinity, 0], 100).position(0)).toBe(0);
    expect(linearAxis([], 100).ticks.length).toBeGreaterThan(1);
  });

  test('a logarithmic axis gives each power of ten the same room', () => {
    const axis = logAxis([1, 0.01], 300);

    expect(axis.ticks.map(({ label }) => label)).toEqual(['1e-3', '1e-2', '1e-1', '1']);
    expect([0.001, 0.01, 0.1, 1].map((value) => Math.round(axis.position(value)))).toEqual([
      0, 100, 200, 300,
    ]);
    expect(axis.position(0)).toBe(0);
    expect(axis.position(-1)).toBe(0);
  });
});

describe('the bar chart', () => {
  test('draws bars as long as their values', () => {
    const svg = barChart(topClasses([0.75, 0.25], [0.5, 0.5]), { title: 'prob' });

    expect(bars(svg, 'golden')).toEqual([
      [170, 375],
      [170, 125],
    ]);
    expect(bars(svg, 'board')).toEqual([
      [170, 250],
      [170, 250],
    ]);
    expect(svg).toContain('>-0.25<');
    expect(svg).toContain('>+0.25<');
  });

  test('says NaN and infinity instead of drawing them', () => {
    const svg = barChart(topClasses([1, 2, 3], [NaN, -Infinity, 3]), { title: 'logits' });

    expect(bars(svg, 'golden').length).toBe(3);
    expect(bars(svg, 'board').length).toBe(1);
    expect(svg).toContain('class="bad end">NaN<');
    expect(svg).toContain('class="bad end">-Inf<');
  });

  test('tells in words what it shows, for those who cannot see it', () => {
    const svg = barChart(topClasses([0.9581, 0.0419], [0.0007, 0.9995]), { title: 'prob' });

    expect(svg).toContain('<title>prob</title>');
    expect(svg).toContain(
      '<desc>class 0: golden 0.9581, board 0.0007; class 1: golden 0.0419, board 0.9995</desc>',
    );
  });

  test('is well-formed, whatever the labels hold, and runs nothing', () => {
    const labels = ['<script>alert(1)</script>', 'a & "b"', '\u0000\u001b[31m', '猫'];

    const svg = barChart(topClasses(tenGolden, tenBoard, { labels }), { title: '<&>', logScale: true });

    assertWellFormed(svg);
    expect(svg).not.toMatch(/<script|href=|on\w+=/);
  });
});

describe('the error histogram', () => {
  test('counts every finite error once and the others apart', () => {
    const golden = [0, 0, 0, 0, 0, 0];
    const board = [-1, -1, 0, 1, NaN, Infinity];

    const spread = spreadOfErrors(golden, board);

    expect(spread).toMatchObject({ reach: 1, finite: 4, nonFinite: 2, mean: -0.25 });
    expect([spread.counts[0], spread.counts[30], spread.counts[60]]).toEqual([2, 1, 1]);
    expect(spread.counts.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  test('no error at all is one bar in the middle', () => {
    const spread = spreadOfErrors([1, 1, 1, 1, 1], [1, 1, 1, 1, 1]);

    expect(spread.counts[30]).toBe(5);
    assertWellFormed(errorHistogram(spread, { title: 'equal' }));
  });

  test('marks the limit and raises an alarm about what is in no bar', () => {
    const spread = spreadOfErrors([0, 0, 0], [NaN, 0.01, 0.01]);

    const svg = errorHistogram(spread, { title: 'depth', atol: 0.05 });

    assertWellFormed(svg);
    expect(svg).toContain('1 element is NaN or infinite and in no bar');
    expect(svg.match(/class="limit"/g)).toHaveLength(2);
  });
});

describe('the chart of an output', () => {
  const [flip] = failedByFlip.comparison?.outputs ?? [];
  const [depth] = failedByNaN.comparison?.outputs ?? [];

  test('is bars for classes and a histogram for other values', async () => {
    const capture = await fixtureCapture(failedByFlip);
    const values = await fixtureCapture(failedByNaN);

    expect(flip && capture && chartOfOutput(flip, capture)).toContain('prob: golden against board');
    expect(depth && values && chartOfOutput(depth, values)).toContain('depth: errors');
  });

  test('is none where the board’s side is missing or of another size', () => {
    const golden = new Map([['prob', tensor('float32', [1, 2], Float32Array.of(1, 0))]]);
    const other = new Map([['prob', tensor('float32', [1, 3], Float32Array.of(1, 0, 0))]]);

    expect(flip && chartOfOutput(flip, { golden, board: new Map(), log: '' })).toBeUndefined();
    expect(flip && chartOfOutput(flip, { golden, board: other, log: '' })).toBeUndefined();
  });

  test('shows the row that was judged worst, and reads float16', () => {
    const output = {
      ...softmaxComparison([0, 0], [0, 0], { metrics: {}, margins: [0, 0], checks: [] }),
      shape: [2, 2, 1],
    };
    const ranking = output.ranking && { ...output.ranking, row: 1 };
    // 0x3a00 is 0.75, 0x3400 is 0.25, 0x3800 is 0.5 in float16.
    const half = (bits: number[]) =>
      new Map([['prob', tensor('float16', [2, 2, 1], Uint16Array.from(bits))]]);

    const svg = chartOfOutput(
      { ...output, ranking },
      { golden: half([0x3800, 0x3800, 0x3a00, 0x3400]), board: half([0, 0, 0x3400, 0x3a00]), log: '' },
    );

    expect(svg).toContain('row 1');
    expect(svg).toContain('class 0: golden 0.75, board 0.25; class 1: golden 0.25, board 0.75');
  });
});
