import { expect, test } from 'vitest';
import { BoardHealth, defaultHealthRules } from './board-health.ts';
import type { VisitOutcome } from './lease.ts';

const hour = 3600 * 1000;

/** A visit that went well in the end, though the board restarted so often in it. */
const withRestarts = (count: number): VisitOutcome => ({
  kind: 'fine',
  restarts: Array.from({ length: count }, (_, index) => ({
    code: 'HIL_BOARD_REBOOTED',
    owner: 'undecided',
    message: `it restarted (${index})`,
    hint: 'Look at its power supply.',
    causes: [],
  })),
});

function healthAt(startMs: number) {
  let now = startMs;
  const health = new BoardHealth(defaultHealthRules, () => now);
  return { health, later: (ms: number) => (now += ms) };
}

test('a board that restarts in the middle of three cases within a day is set aside, whatever became of them', () => {
  const { health, later } = healthAt(0);

  const events = [];
  for (let visit = 0; visit < 3; visit++) {
    events.push(health.visited('a', withRestarts(1)));
    later(2 * hour);
  }

  expect(events.map((found) => found.length)).toEqual([0, 0, 1]);
  expect(events[2]![0]).toMatchObject({
    board: 'a',
    incident: false,
    reason: 'because it restarted 3 times in the middle of cases within a day: it restarted (0)',
  });
  expect(health.setAside('a')).toBe(events[2]![0]);
});

test('three in one visit are as many', () => {
  expect(healthAt(0).health.visited('a', withRestarts(3))).toHaveLength(1);
});

test('restarts of yesterday, and those of other boards, do not count', () => {
  const { health, later } = healthAt(0);
  health.visited('a', withRestarts(2));
  health.visited('b', withRestarts(2));
  later(25 * hour);

  expect(health.visited('a', withRestarts(2))).toEqual([]);
});

test('a visit without restarts after two of them changes nothing', () => {
  const { health } = healthAt(0);
  health.visited('a', withRestarts(2));

  expect(health.visited('a', { kind: 'fine' })).toEqual([]);
});
