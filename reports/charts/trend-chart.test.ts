import { expect, test } from 'vitest';
import { assertWellFormed } from '../xml-well-formed.ts';
import { trendChart, type TrendPoint } from './trend-chart.ts';

const day = (number: number): string => `2026-11-${String(number).padStart(2, '0')}T21:00:00.000Z`;

const point = (number: number, changes: Partial<TrendPoint> = {}): TrendPoint => ({
  at: day(number),
  series: 'SDK 1.7.5',
  outcome: 'passed',
  used: 0.5,
  maxAbsError: 0.01,
  ...changes,
});

const draw = (points: readonly TrendPoint[]): string =>
  trendChart(points, { title: 'net › cat over time' }) ?? '';

/** Corners of the lines, panel by panel, in the order of their series. */
const lines = (svg: string): number[][][] =>
  [...svg.matchAll(/<path class="s\d" d="([^"]*)"/g)].map(([, path = '']) =>
    [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
  );

const crosses = (svg: string): number => svg.match(/<line class="cross"/g)?.length ?? 0;

test('each SDK stack has a line, and runs stand at equal distances', () => {
  const svg = draw([
    point(1),
    point(2, { series: 'SDK 1.6.1', used: 0.25 }),
    point(9),
    point(10, { series: 'SDK 1.6.1', used: 1 }),
    point(11, { used: 0 }),
  ]);

  // Two panels; SDKs in the order of their versions. The share's axis ends at 150 %, 128 px above its foot at 204.
  const [older, newer] = lines(svg);
  expect(older).toEqual(
    [
      [199, 204 - 128 / 6],
      [469, 204 - 128 / 1.5],
    ].map(([x, y]) => [x, Number(y!.toFixed(2))]),
  );
  expect(newer?.map(([x]) => x)).toEqual([64, 334, 604]);
  expect(newer?.at(-1)).toEqual([604, 204]);
  expect(svg).toContain('>SDK 1.6.1: 100 %<');
  expect(svg).toContain('>SDK 1.7.5: 0.01<');
  expect(() => assertWellFormed(svg)).not.toThrow();
});

test('a failure is a cross in both panels, also without a figure', () => {
  const svg = draw([point(1), point(2, { outcome: 'failed', used: undefined, maxAbsError: undefined })]);

  expect(crosses(svg)).toBe(2 * 2 + 2); // two strokes for each, and the key's
  expect(lines(svg).map((line) => line.length)).toEqual([1, 1]);
});

test('what was not measured is a ring, and no part of a line', () => {
  const svg = draw([
    point(1),
    point(2, { outcome: 'broken', used: undefined, maxAbsError: undefined }),
    point(3),
  ]);

  expect(svg.match(/<circle class="hollow"/g)?.length).toBe(2 + 1);
  expect(svg).toContain('nothing was measured');
  expect(lines(svg)[0]?.map(([x]) => x)).toEqual([64, 604]);
});

test('what lies beyond an axis says its value, and hides nothing below it', () => {
  const svg = draw([point(1), point(2, { outcome: 'failed', used: 31.93, maxAbsError: 0.95 }), point(3)]);

  expect(svg).toContain('>3193 %<');
  expect(svg).toContain('>200 %<');
  expect(svg).not.toContain('>logarithmic');
});

test('NaN and infinity are drawn at the end of the axis, never as a number of their own', () => {
  const svg = draw([point(1), point(2, { outcome: 'failed', used: Infinity, maxAbsError: NaN })]);

  expect(svg).toContain('bad end">over<');
  expect(svg).toContain('bad end">NaN<');
  expect(svg).not.toMatch(/[xyd]="[^"]*(?:NaN|Infinity)/);
});

test('errors over more than two decades are drawn logarithmically', () => {
  expect(draw([point(1, { maxAbsError: 0.00001 }), point(2)])).toContain('worst |error|, logarithmic');
  expect(draw([point(1, { maxAbsError: 0.001 }), point(2)])).not.toContain('logarithmic');
});

test('labels of lines that end together do not cover each other', () => {
  const svg = draw(
    ['1.5.0', '1.6.1', '1.7.5', '1.10.0'].map((sdk) => point(1, { series: `SDK ${sdk}`, used: 0 })),
  );

  const ys = [...svg.matchAll(/<text x="618" y="([\d.]+)" class="s\d"/g)].map(([, y]) => Number(y));
  expect(ys.length).toBe(8);
  const gaps = ys.slice(1, 4).map((y, index) => Math.abs(y - ys[index]!));
  expect(gaps.every((gap) => gap >= 14)).toBe(true);
});

test('words say what the lines show', () => {
  expect(draw([point(1), point(2, { used: 0.85, maxAbsError: 0.02 })])).toContain(
    '<desc>SDK 1.7.5, 2 runs, 0 failed, 0 broken: first 50 % of the tolerance, worst |error| 0.01; last 85 % of the tolerance, worst |error| 0.02</desc>',
  );
});

test('without any measurement there is nothing to draw', () => {
  expect(
    trendChart([point(1, { outcome: 'broken', used: undefined, maxAbsError: undefined })], { title: 't' }),
  ).toBe(undefined);
});
