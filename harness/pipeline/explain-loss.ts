import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from '../board/choose-target.ts';
import { BoardNotBackError, BoardRebootedError } from '../board/reboot-error.ts';
import type { BoardSession } from '../board/session.ts';
import { deadline } from '../deadline.ts';
import { HilError } from '../hil-error.ts';
import type { BoardCare } from './board-care.ts';
import { faultPolicies } from './fault-policy.ts';
import type { SessionPool } from './session-pool.ts';

/** Pause between two attempts to reach a board that went away. */
const knockEveryMs = 1000;

/**
 * Finds out what became of a board whose link broke in the middle of work. The device runner ends with its link, so there
 * is nothing to attach to again: the case has to start afresh, in the session that this leaves open.
 *
 * @param bootId - Of the session that broke.
 * @returns The error itself if the same boot answers, else one that says what happened.
 */
export async function explainLoss(
  lost: HilError,
  { target, bootId }: { readonly target: Target; readonly bootId: string },
  { sessions, care }: { readonly sessions: SessionPool; readonly care: BoardCare },
  signal: AbortSignal | undefined,
): Promise<HilError> {
  const { board } = target;
  let answer = await waitForBoard(target, sessions, care.bootBudgetMs, signal);
  let powerCycled = false;
  if (answer.session === undefined && care.powerCycle && answer.mayHelp) {
    await care.powerCycle(signal);
    powerCycled = true;
    answer = await waitForBoard(target, sessions, care.bootBudgetMs, signal);
  }
  if (answer.session === undefined) {
    return answer.mayHelp
      ? new BoardNotBackError(board.name, care.bootBudgetMs, powerCycled, answer.error)
      : answer.error;
  }
  const now = answer.session.identity.bootId;
  return now === bootId ? lost : new BoardRebootedError(board.name, bootId, now, lost);
}

/** What became of waiting for a board. */
export type Answer =
  | { readonly session: BoardSession }
  /** `mayHelp`: it did not answer in time, so more may be tried; else it answered that it will not do. */
  | { readonly session: undefined; readonly mayHelp: boolean; readonly error: HilError };

/** Tries to open a session until it opens, the time is up, or the board answers with something that stays so. */
export async function waitForBoard(
  target: Target,
  sessions: SessionPool,
  budgetMs: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const { name } = target.board;
  using limit = deadline(signal, budgetMs, () => new BoardNotBackError(name, budgetMs, false, undefined));
  for (;;) {
    try {
      return { session: await sessions.connect(target, { signal: limit.signal }) };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof HilError)) throw error;
      if (limit.signal.aborted) return { session: undefined, mayHelp: true, error };
      if (!isPassing(error)) return { session: undefined, mayHelp: false, error };
      await delay(knockEveryMs, undefined, { signal: limit.signal }).catch(() => undefined);
    }
  }
}

/** A board that is starting refuses, is silent, or breaks off; one that shows another key does not change its mind. */
const isPassing = ({ code }: HilError): boolean => {
  const policy = faultPolicies[code];
  return policy !== undefined && (policy.unreachable || policy.checkBoot);
};
