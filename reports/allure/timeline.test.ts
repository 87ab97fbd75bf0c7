import { expect, test } from 'vitest';
import { caseRecord } from '../fixture-records.ts';
import { brokenNetwork } from '../fixture-run.ts';
import { lastAttemptStart, timelineOf } from './timeline.ts';

const zero = Date.parse('2026-01-05T21:04:00.000Z');
const timed = (stagesMs: ReturnType<typeof caseRecord>['timings']['stagesMs']) =>
  timelineOf({ ...caseRecord('a', 'b').timings, stagesMs }, zero).map(({ stage, start, stop }) => [
    stage,
    start - zero,
    stop - zero,
  ]);

test('the reference runs beside the board, and the comparison waits for both', () => {
  expect(
    timed({ prepare: 10, connect: 30, upload: 20, run: 5, reference: 100, compare: 2, store: 3 }),
  ).toEqual([
    ['prepare', 0, 10],
    ['connect', 10, 40],
    ['upload', 40, 60],
    ['run', 60, 65],
    ['reference', 10, 110],
    ['compare', 110, 112],
    ['store', 112, 115],
  ]);
});

test('stages that were not reached are left out', () => {
  expect(timed({ prepare: 10, connect: 500 })).toEqual([
    ['prepare', 0, 10],
    ['connect', 10, 510],
  ]);
  expect(timed({})).toEqual([]);
});

test('times are whole milliseconds', () => {
  expect(timed({ prepare: 0.4, reference: 1.3 })).toEqual([
    ['prepare', 0, 0],
    ['reference', 0, 2],
  ]);
});

test('the attempt that gave the verdict begins after those before it, within the record’s time', () => {
  const attempts = brokenNetwork.attempts;
  const start = (totalMs: number) =>
    lastAttemptStart({
      ...caseRecord('a', 'b', { attempts }),
      timings: { ...caseRecord('a', 'b').timings, totalMs },
    }) - zero;

  expect(start(31_200)).toBe(10_050 + 10_040);
  expect(start(5)).toBe(5);
  expect(lastAttemptStart(caseRecord('a', 'b')) - zero).toBe(0);
});
