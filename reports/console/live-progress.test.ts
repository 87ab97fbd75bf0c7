import pc from 'picocolors';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { failedByFlip, fixturePlan, passed } from '../fixture-run.ts';
import { FakeLifetime, FakeTerminal } from './fake-terminal.ts';
import { displayWidth } from './display-width.ts';
import { LiveProgress } from './live-progress.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function startProgress(columns = 100) {
  const terminal = new FakeTerminal({ columns });
  const progress = new LiveProgress(terminal, pc.createColors(false), new FakeLifetime());
  progress.start({ ...fixturePlan, cases: 3 });
  return { terminal, progress };
}

const at = { case: passed.case.name, board: 'virtual', sdk: '1.7.5' };

test('shows each running case with its stage, and the count below', () => {
  const { terminal, progress } = startProgress();

  progress.stage({ ...at, stage: 'upload', done: 0.426 });
  progress.stage({ ...at, stage: 'reference' });
  progress.stage({ ...at, case: failedByFlip.case.name, stage: 'connect' });
  vi.advanceTimersByTime(1000);

  expect(terminal.screen).toEqual([
    '  story › picture  virtual  upload 42 % + reference  1.0 s',
    '  story › misread  virtual  connect  1.0 s',
    '0 of 3 done, 1.0 s',
    '',
  ]);
});

test('a finished case leaves its line behind and the others go on below it', () => {
  const { terminal, progress } = startProgress();
  progress.stage({ ...at, stage: 'run' });
  progress.stage({ ...at, case: failedByFlip.case.name, stage: 'run' });

  progress.caseEnd(failedByFlip);
  vi.advanceTimersByTime(2000);

  expect(terminal.screen).toEqual([
    '[1/3] FAILED    story › misread  virtual (simulated), SDK 1.7.5, 140 ms: top-1 is 1 instead of 0; p…',
    '  story › picture  virtual  run  2.0 s',
    '1 of 3 done, 1 failed, 2.0 s',
    '',
  ]);
});

test('is redrawn at most ten times a second, however fast the updates come', () => {
  const { terminal, progress } = startProgress();
  const before = terminal.writes.length;

  for (let step = 0; step < 1000; step++) {
    progress.stage({ ...at, stage: 'upload', done: step / 1000 });
    vi.advanceTimersByTime(1);
  }

  const redraws = terminal.writes.length - before;
  expect(redraws).toBeGreaterThan(5);
  expect(redraws).toBeLessThanOrEqual(11);
});

test('no line reaches the edge of a narrow terminal, and a crowd of cases is summed up', () => {
  const { terminal, progress } = startProgress(60);

  for (let index = 0; index < 12; index++) {
    progress.stage({
      ...at,
      case: `a-spec-with-a-very-long-name › and-a-picture-${index}`,
      stage: 'upload',
      done: 0.5,
    });
  }
  vi.advanceTimersByTime(1000);

  expect(terminal.screen.length).toBe(8 + 3);
  expect(terminal.screen[8]).toBe('  and 4 more');
  for (const line of terminal.screen) expect(displayWidth(line)).toBeLessThan(60);
  expect(terminal.screen[0]).toBe('  a-spec-with-a-…d-a-picture-0  virtual  upload 50 %  1.0 s');
});

test('ends with the finished lines alone, a visible cursor and no timer', () => {
  const { terminal, progress } = startProgress();
  progress.stage({ ...at, stage: 'run' });
  progress.caseEnd(passed);

  progress.end();

  expect(terminal.screen).toEqual([
    '[1/3] passed    story › picture  virtual (simulated), SDK 1.7.5, 140 ms',
    '',
  ]);
  expect(terminal.cursorVisible).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('a second run begins from nothing', () => {
  const { terminal, progress } = startProgress();
  progress.stage({ ...at, stage: 'run' });
  progress.caseEnd(failedByFlip);
  progress.end();

  progress.start({ ...fixturePlan, cases: 1 });

  expect(terminal.screen.slice(1)).toEqual(['0 of 1 done, 0 ms', '']);
  expect(terminal.cursorVisible).toBe(false);
});
