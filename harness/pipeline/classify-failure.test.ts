import { expect, test } from 'vitest';
import { HilError, type ErrorOwner } from '../hil-error.ts';
import { classifyFailure } from './classify-failure.ts';

class Trouble extends HilError {
  readonly code = 'HIL_TROUBLE';
  readonly owner: ErrorOwner;

  constructor(owner: ErrorOwner, message = 'it went wrong') {
    super(message, { hint: 'Look at it.' });
    this.owner = owner;
  }
}

const noCanary = () => Promise.reject(new Error('the canary was not needed'));

test.each<[ErrorOwner, string]>([
  ['spec', 'precluded'],
  ['lab', 'infra'],
  ['harness', 'infra'],
])(
  'trouble that the owner %s can end is broken, class %s, and no canary is asked',
  async (owner, expected) => {
    const failure = await classifyFailure(new Trouble(owner), noCanary);

    expect(failure).toEqual({
      verdict: 'broken',
      class: expected,
      reason: 'it went wrong',
      error: { code: 'HIL_TROUBLE', owner, message: 'it went wrong', hint: 'Look at it.', causes: [] },
    });
  },
);

test('what is no error of ours is our bug, never the network’s fault', async () => {
  const failure = await classifyFailure('a string', noCanary);

  expect(failure).toMatchObject({
    verdict: 'broken',
    class: 'infra',
    error: { code: 'HIL_INTERNAL', owner: 'harness' },
  });
});

test('the canary decides where nobody can tell', async () => {
  const crash = new Trouble('undecided', 'it crashed');

  const withFitBoard = await classifyFailure(crash, () => Promise.resolve({ passed: true, message: 'fit' }));
  const withUnfitBoard = await classifyFailure(crash, () =>
    Promise.resolve({ passed: false, message: 'unfit' }),
  );

  expect(withFitBoard).toMatchObject({ verdict: 'failed', class: 'runtime', reason: 'it crashed; fit' });
  expect(withUnfitBoard).toMatchObject({ verdict: 'broken', class: 'infra', reason: 'it crashed; unfit' });
});

test('the reason is the message’s first line; the rest stays in the error', async () => {
  const { reason, error } = await classifyFailure(new Trouble('lab', 'first\nsecond'), noCanary);

  expect(reason).toBe('first');
  expect(error.message).toBe('first\nsecond');
});
