import { expect, test } from 'vitest';
import { InternalError } from '../hil-error.ts';
import { faultPolicies } from './fault-policy.ts';
import { RetryPlan } from './retry-plan.ts';
import { Trouble } from './trial-case.ts';

/** Trouble under a code of the table. */
const coded = (code: string) => Object.assign(new Trouble('it broke', 'lab', 'same-board'), { code });
const steps = (plan: RetryPlan, error: unknown, times: number, hasPower = false) =>
  Array.from({ length: times }, () => plan.next(error, 'a', hasPower).kind);

test('repeats on the same board as often as the table says, then moves on', () => {
  const plan = new RetryPlan({});

  expect(steps(plan, coded('HIL_SSH_REFUSED'), 4)).toEqual([
    'same-board',
    'same-board',
    'same-board',
    'other-board',
  ]);
});

test('waits longer each time, with jitter', () => {
  const waits = (random: number) => {
    const plan = new RetryPlan({ random: () => random });
    return [0, 1, 2].map(() => plan.next(coded('HIL_SSH_REFUSED'), 'a', false));
  };

  expect(waits(0)).toMatchObject([{ waitMs: 500 }, { waitMs: 1000 }, { waitMs: 2000 }]);
  expect(waits(1)).toMatchObject([{ waitMs: 1000 }, { waitMs: 2000 }, { waitMs: 4000 }]);
});

test('switches a board off and on once, where it can, before it gives it up', () => {
  const plan = new RetryPlan({});

  expect(steps(plan, coded('HIL_SSH_HANDSHAKE_TIMEOUT'), 4, true)).toEqual([
    'same-board',
    'same-board',
    'power-cycle',
    'other-board',
  ]);
});

test('counts for each board and each fault', () => {
  const plan = new RetryPlan({});
  steps(plan, coded('HIL_BOARD_DISK_FULL'), 2);

  expect(plan.next(coded('HIL_BOARD_DISK_FULL'), 'b', false).kind).toBe('same-board');
  expect(plan.next(coded('HIL_SSH_CORRUPT'), 'a', false).kind).toBe('same-board');
});

test('never goes beyond the limit that a person set', () => {
  expect(steps(new RetryPlan({ limit: 1 }), coded('HIL_SSH_REFUSED'), 2)).toEqual(['same-board', 'stop']);
  expect(steps(new RetryPlan({ limit: 0 }), coded('HIL_SSH_LOGIN'), 1)).toEqual(['stop']);
});

test('stops at what a person has to put right, and at bugs of ours', () => {
  expect(steps(new RetryPlan({}), coded('HIL_SSH_HOST_KEY_CHANGED'), 1, true)).toEqual(['stop']);
  expect(steps(new RetryPlan({}), new InternalError('a bug'), 1)).toEqual(['stop']);
  expect(steps(new RetryPlan({}), new TypeError('a bug'), 1)).toEqual(['stop']);
});

test('confirms once what could be the network’s fault, by whatever name', () => {
  const plan = new RetryPlan({});

  expect(steps(plan, new Trouble('it crashed', 'undecided', 'same-board'), 2)).toEqual([
    'same-board',
    'stop',
  ]);
});

test('no policy repeats for ever', () => {
  for (const code of Object.keys(faultPolicies)) {
    const plan = new RetryPlan({});
    const found = steps(plan, coded(code), 10, true);
    expect(found.findIndex((kind) => kind === 'stop' || kind === 'other-board')).toBeGreaterThanOrEqual(0);
  }
});
