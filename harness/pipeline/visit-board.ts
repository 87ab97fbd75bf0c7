import { setTimeout as delay } from 'node:timers/promises';
import type { Lease, VisitOutcome } from '../board/broker/lease.ts';
import { BoardStuckError, rebootCode } from '../board/reboot-error.ts';
import { type ErrorReport, HilError, reportError } from '../hil-error.ts';
import type { Attempt, CaseRecord } from '../store/record.ts';
import { askBoard, type CaseAnswer } from './ask-board.ts';
import type { CaseServices } from './case-services.ts';
import { explainByOthers } from './board-watch.ts';
import { classifyFailure, type FailureVerdict } from './classify-failure.ts';
import { explainLoss, waitForBoard } from './explain-loss.ts';
import { policyFor } from './fault-policy.ts';
import { brokenRecord, type RecordBasis } from './make-record.ts';
import type { RetryPlan } from './retry-plan.ts';
import type { SharedWork } from './shared-work.ts';

/** How a case left a board. */
export type VisitEnd =
  /** The board has answered, and is free. */
  | { readonly kind: 'answer'; readonly answer: CaseAnswer }
  /** The last attempt broke. */
  | { readonly kind: 'record'; readonly record: CaseRecord }
  /** Another board is to try; `failure` is what the record says if there is none. */
  | { readonly kind: 'moved'; readonly thrown: unknown; readonly log: string }
  | { readonly kind: 'interrupted' };

export interface Visit {
  readonly lease: Lease;
  readonly basis: RecordBasis;
  readonly attempts: Attempt[];
  readonly work: SharedWork;
  readonly plan: RetryPlan;
  /** Whether another board fits the case. */
  readonly mayMove: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Tries a case on the board of a lease as often as the table of faults allows there. Whatever happens, the lease is given
 * back when the board is free.
 */
export async function visitBoard(visit: Visit, services: CaseServices): Promise<VisitEnd> {
  const { lease, attempts } = visit;
  const before = attempts.length;
  let outcome: VisitOutcome = { kind: 'unknown' };
  try {
    const { end, outcome: told } = await tryOnBoard(visit, services);
    outcome = told;
    return end;
  } finally {
    const { name } = lease.target.board;
    const isWarm = services.sessions.sessionTo(lease.target.board)?.alive === true;
    if (!isWarm || outcome.kind !== 'fine') await services.sessions.drop(name);
    const restarts = restartsIn(attempts.slice(before), outcome);
    lease.release({ ...outcome, restarts }, isWarm && outcome.kind === 'fine');
  }
}

/** What attempts of a visit met of restarts, the last one too; each tells its two boots, so none counts twice. */
function restartsIn(attempts: readonly Attempt[], outcome: VisitOutcome): ErrorReport[] {
  const last = outcome.kind === 'trouble' ? [outcome.error] : [];
  const restarts = [...attempts.map(({ error }) => error), ...last].filter(({ code }) => code === rebootCode);
  return [...new Map(restarts.map((error) => [error.message, error])).values()];
}

async function tryOnBoard(
  visit: Visit,
  services: CaseServices,
): Promise<{ end: VisitEnd; outcome: VisitOutcome }> {
  const { lease, basis, attempts, work, plan, mayMove, signal } = visit;
  const { target } = lease;
  const { board } = target;
  const care = services.careOf(board);
  for (;;) {
    const startedAt = performance.now();
    try {
      const answer = await askBoard(basis, work, services, signal);
      return { end: { kind: 'answer', answer }, outcome: { kind: 'fine' } };
    } catch (thrown) {
      const session = services.sessions.sessionTo(board);
      const log = session?.takeLog() ?? '';
      const bootId = session?.identity.bootId;
      const explained = await explain(thrown, bootId, visit, services);
      if (signal?.aborted) return { end: { kind: 'interrupted' }, outcome: { kind: 'unknown' } };

      const step = plan.next(explained, board.name, care.powerCycle !== undefined);
      if (step.kind === 'stop' || (step.kind === 'other-board' && !mayMove)) {
        return await conclude(explained, log, visit, services);
      }
      attempts.push({
        error: reportError(explained),
        board: board.name,
        ms: performance.now() - startedAt,
        fence: lease.fence,
        ...(bootId === undefined ? {} : { bootId }),
      });
      await work.renew();
      if (step.kind === 'other-board')
        return { end: { kind: 'moved', thrown: explained, log }, outcome: troubleOf(explained) };
      // A wait that is called off ends in the next attempt, which does not begin.
      if (step.kind === 'same-board') await delay(step.waitMs, undefined, { signal }).catch(() => undefined);
      else await restart(visit, services);
    }
  }
}

/** Leaves the board, and finds out what became of it if the link broke. */
async function explain(
  thrown: unknown,
  bootId: string | undefined,
  { lease: { target }, signal }: Visit,
  services: CaseServices,
): Promise<unknown> {
  const { name } = target.board;
  const cause = await explainByOthers(thrown, services.sessions.sessionTo(target.board), signal);
  await services.sessions.drop(name);
  const leftover = services.sessions.takeLeftover(name);
  if (leftover !== undefined) return new BoardStuckError(name, leftover, cause);
  if (!(cause instanceof HilError) || bootId === undefined || !policyFor(cause).checkBoot) return cause;
  const care = services.careOf(target.board);
  return explainLoss(cause, { target, bootId }, { sessions: services.sessions, care }, signal).catch(
    (error: unknown) => (signal?.aborted ? error : cause),
  );
}

async function restart({ lease: { target }, signal }: Visit, services: CaseServices): Promise<void> {
  const care = services.careOf(target.board);
  try {
    await care.powerCycle?.(signal);
    await waitForBoard(target, services.sessions, care.bootBudgetMs, signal);
  } catch {
    // The attempt that follows says what is wrong with the board, or that the run was called off.
  }
}

/** The last attempt broke: says who is to blame, with the canary where nobody can tell. */
async function conclude(
  thrown: unknown,
  log: string,
  { lease: { target }, basis, signal }: Visit,
  services: CaseServices,
): Promise<{ end: VisitEnd; outcome: VisitOutcome }> {
  await services.sessions.drop(target.board.name);
  const failure = await classifyFailure(thrown, () => services.runCanary(target, signal));
  if (signal?.aborted) return { end: { kind: 'interrupted' }, outcome: { kind: 'unknown' } };
  return {
    end: { kind: 'record', record: brokenRecord(basis, failure, log) },
    outcome: outcomeOf(thrown, failure),
  };
}

/** What a verdict says of the board: a canary that passed clears it, a wrong spec says nothing. */
function outcomeOf(thrown: unknown, failure: FailureVerdict): VisitOutcome {
  if (failure.verdict === 'failed') return { kind: 'fine' };
  const { owner } = failure.error;
  return owner === 'lab' || owner === 'undecided' ? troubleOf(thrown) : { kind: 'unknown' };
}

function troubleOf(thrown: unknown): VisitOutcome {
  const policy = thrown instanceof HilError ? policyFor(thrown) : undefined;
  return {
    kind: 'trouble',
    error: reportError(thrown),
    quarantine: policy?.quarantine ?? false,
    unreachable: policy?.unreachable ?? false,
  };
}
