import pc from 'picocolors';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { brokenNetwork, fixturePlan, marginal, passed } from '../fixture-run.ts';
import { FakeTerminal } from './fake-terminal.ts';
import { LogProgress } from './log-progress.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function startProgress() {
  const log = new FakeTerminal({ isTTY: false });
  const progress = new LogProgress(log, pc.createColors(false));
  progress.start(fixturePlan);
  return { log, progress };
}

test('prints one line for each finished case and moves no cursor', () => {
  const { log, progress } = startProgress();

  for (const record of [passed, marginal, brokenNetwork]) progress.caseEnd(record);
  progress.end();

  expect(log.text).toBe(
    [
      'hil 0.1.0: hil run specs, 10 cases',
      '[ 1/10] passed    story › picture  virtual (simulated), SDK 1.7.5, 140 ms',
      '[ 2/10] marginal  story › dim  virtual (simulated), SDK 1.7.5, 140 ms: atol uses 88 % of its limit: |error| 0.01102, limit 0.0125',
      '[ 3/10] BROKEN    ten-class › frog  farm-3, SDK 1.6.0, 31.2 s: farm-3 (192.0.2.7:22) did not answer over SSH within 10000 ms',
      '',
    ].join('\n'),
  );
});

test('says what it waits for after every 30 s of silence', () => {
  const { log, progress } = startProgress();
  progress.stage({ case: 'story › picture', board: 'farm-3', sdk: '1.6.0', stage: 'upload', done: 0.1 });

  vi.advanceTimersByTime(61_000);
  progress.end();

  expect(log.text.split('\n').slice(1)).toEqual([
    'still at work, 0 of 10 done: story › picture on farm-3 (upload 10 %, 30.0 s)',
    'still at work, 0 of 10 done: story › picture on farm-3 (upload 10 %, 1 min 00 s)',
    '',
  ]);
});

test('is silent after its end', () => {
  const { log, progress } = startProgress();
  progress.end();
  const before = log.text;

  vi.advanceTimersByTime(120_000);

  expect(log.text).toBe(before);
});

test('a second run counts from one', () => {
  const { log, progress } = startProgress();
  progress.caseEnd(passed);
  progress.end();

  progress.start(fixturePlan);
  progress.caseEnd(passed);

  expect(log.text.match(/\[ 1\/10\]/g)).toHaveLength(2);
});
