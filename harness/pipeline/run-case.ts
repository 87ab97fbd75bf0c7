import type { Lease } from '../board/broker/lease.ts';
import { BoardsSetAsideError } from '../board/broker/set-aside-error.ts';
import type { CanaryReport } from '../board/canary.ts';
import type { Target } from '../board/choose-target.ts';
import { boardModelPath } from '../spec/board-model-path.ts';
import type { Case } from '../spec/case.ts';
import type { Attempt, CaseRecord, Stage } from '../store/record.ts';
import type { CaseServices } from './case-services.ts';
import { classifyFailure } from './classify-failure.ts';
import { judgeAnswer } from './judge-answer.ts';
import { brokenRecord, type RecordBasis, skippedRecord, unknownRecord } from './make-record.ts';
import { RetryPlan } from './retry-plan.ts';
import { SharedWork } from './shared-work.ts';
import { StageClock } from './stage-clock.ts';
import { visitBoard } from './visit-board.ts';

/** The run was called off while the case waited for a board: nothing has happened that a record could tell. */
export class CaseNotBegunError extends Error {}

export interface RunCaseOptions {
  readonly signal?: AbortSignal | undefined;
  /** @param target - Where the case is; one that it might get while it waits. */
  readonly onStage: (stage: Stage, done: number | undefined, target: Target) => void;
}

/**
 * Runs one case to its record. Whatever happens once it has begun there is a record. Input and golden are made while the case waits for a board; rig trouble may move it to another.
 *
 * @param targets - Boards that fit, best first.
 * @throws {CaseNotBegunError}
 */
export async function runCase(
  testCase: Case,
  targets: readonly [Target, ...Target[]],
  services: CaseServices,
  { signal, onStage }: RunCaseOptions,
): Promise<CaseRecord> {
  let [target] = targets;
  const clock = new StageClock((stage, done) => onStage(stage, done, target));
  const attempts: Attempt[] = [];
  const startedAt = new Date();
  const basis = (): RecordBasis => ({ testCase, run: services.run, target, startedAt, clock, attempts });
  const reason = testCase.spec.declaration.skip;
  if (reason !== undefined) return skippedRecord(basis(), reason);

  const work = new SharedWork(testCase, clock, (prepared) =>
    services.obtainGolden(testCase, prepared, signal),
  );
  const plan = new RetryPlan({ limit: services.retries });
  let left: readonly Target[] = targets;
  let moved: { readonly thrown: unknown; readonly log: string } | undefined;
  for (;;) {
    let lease: Lease;
    try {
      lease = await leaseBoard(testCase, left, work, clock, services, signal);
    } catch (thrown) {
      if (signal?.aborted) {
        if (attempts.length > 0) return interruptedRecord(basis());
        throw new CaseNotBegunError('the run was called off before the case had a board', { cause: thrown });
      }
      // What the case met itself says more than that the last board was taken away.
      const last = thrown instanceof BoardsSetAsideError && moved ? moved : { thrown, log: '' };
      return brokenRecord(basis(), await classifyFailure(last.thrown, noCanary), last.log);
    }
    ({ target } = lease);
    const others = left.filter(({ board }) => board.name !== target.board.name);
    const end = await visitBoard(
      { lease, basis: basis(), attempts, work, plan, mayMove: others.length > 0, signal },
      services,
    );
    // Comparing and storing need no board: the next case has it meanwhile.
    if (end.kind === 'answer') {
      try {
        return await judgeAnswer(basis(), end.answer, work, services, signal);
      } catch (thrown) {
        return brokenRecord(basis(), await classifyFailure(thrown, noCanary), end.answer.answer.log);
      }
    }
    if (end.kind === 'record') return end.record;
    if (end.kind === 'interrupted') return interruptedRecord(basis());
    moved = end;
    left = others;
  }
}

const interruptedRecord = (basis: RecordBasis) => unknownRecord(basis, 'the run was interrupted');

const noCanary = (): Promise<CanaryReport> =>
  Promise.resolve({ passed: false, message: 'no board was left to run the canary on' });

/** Waits for a board while input and golden are made. A case whose reference fails needs none. */
async function leaseBoard(
  { spec }: Case,
  targets: readonly Target[],
  work: SharedWork,
  clock: StageClock,
  { leases }: CaseServices,
  signal: AbortSignal | undefined,
): Promise<Lease> {
  const callOff = new AbortController();
  let waiting = true;
  clock.tell('lease');
  work.golden().then(
    () => waiting && clock.tell('lease'),
    (error: unknown) => callOff.abort(error),
  );
  const candidates = targets.map((target) => ({
    target,
    warmth: `${target.sdk} ${boardModelPath(spec, target.sdk)}`,
  }));
  const startedAt = performance.now();
  try {
    return await leases.lease(candidates, {
      signal: signal ? AbortSignal.any([signal, callOff.signal]) : callOff.signal,
    });
  } finally {
    waiting = false;
    clock.add('lease', performance.now() - startedAt);
  }
}
