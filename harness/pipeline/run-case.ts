import type { CanaryReport } from '../board/canary.ts';
import type { Target } from '../board/choose-target.ts';
import { HilError, reportError } from '../hil-error.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import type { Golden } from '../golden/golden.ts';
import type { Case } from '../spec/case.ts';
import { writeCapture } from '../store/capture.ts';
import type { CaseRecord, Stage } from '../store/record.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { BoardModels } from './board-models.ts';
import { captureFolder } from './capture-folder.ts';
import { classifyFailure } from './classify-failure.ts';
import { judgeCase, type Judgement } from './judge-case.ts';
import { brokenRecord, judgedRecord, type RecordBasis, skippedRecord, unknownRecord } from './make-record.ts';
import type { PrepareAhead } from './prepare-ahead.ts';
import { type BoardAnswer, runOnBoard } from './run-on-board.ts';
import type { SessionPool } from './session-pool.ts';
import { StageClock } from './stage-clock.ts';

/** What the pipeline needs of the world. */
export interface CaseServices {
  readonly run: string;
  readonly runFolder: string;
  readonly stateFolder: string;
  /** How often a case is repeated after rig trouble. */
  readonly retries: number;
  /** Replaces the specs' number of repeats. */
  readonly repeats?: number | undefined;
  readonly sessions: SessionPool;
  readonly models: BoardModels;
  readonly inputs: PrepareAhead;
  /** The reference branch: the golden, held against what the author expects. */
  readonly obtainGolden: (
    testCase: Case,
    prepared: PreparedInput,
    signal: AbortSignal | undefined,
  ) => Promise<Golden>;
  readonly runCanary: (target: Target, signal: AbortSignal | undefined) => Promise<CanaryReport>;
  /** The board's outputs of the case before in the same spec: for the tolerance's self-test. */
  readonly previousOutputs: Map<string, NamedTensors>;
}

export interface RunCaseOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onStage: (stage: Stage, done?: number) => void;
  /** The case after this one: its input is prepared while this one waits for its board. */
  readonly next?: Case | undefined;
}

/**
 * Runs one case to its record. Whatever happens there is a record: nothing is thrown but our own bugs' errors inside
 * it. The capture is on the disk when the record is returned.
 *
 * @param targets - Boards that fit, best first; rig trouble may move the case to the next.
 */
export async function runCase(
  testCase: Case,
  targets: readonly [Target, ...Target[]],
  services: CaseServices,
  { signal, onStage, next }: RunCaseOptions,
): Promise<CaseRecord> {
  const clock = new StageClock((stage, done) => {
    onStage(stage, done);
    if (stage === 'run' && next) services.inputs.begin(next);
  });
  const basis: RecordBasis = {
    testCase,
    run: services.run,
    target: targets[0],
    startedAt: new Date(),
    clock,
    attempts: [],
  };
  const reason = testCase.spec.declaration.skip;
  if (reason !== undefined) return skippedRecord(basis, reason);

  const attempts: CaseRecord['attempts'][number][] = [];
  const reference = new Once<Golden>();
  for (let attempt = 0; ; attempt++) {
    const target = targets[attempt % targets.length]!;
    const startedAt = performance.now();
    try {
      return await attemptCase({ ...basis, target, attempts }, reference, services, signal);
    } catch (thrown) {
      const log = services.sessions.takeLog(target);
      await services.sessions.drop(target);
      if (isAborted(signal)) return interruptedRecord({ ...basis, target, attempts });
      if (mayRetry(thrown, targets.length) && attempt < services.retries) {
        attempts.push({
          error: reportError(thrown),
          board: target.board.name,
          ms: performance.now() - startedAt,
        });
        continue;
      }
      const failure = await classifyFailure(thrown, () => services.runCanary(target, signal));
      if (isAborted(signal)) return interruptedRecord({ ...basis, target, attempts });
      return brokenRecord({ ...basis, target, attempts }, failure, log);
    }
  }
}

const isAborted = (signal: AbortSignal | undefined) => signal?.aborted === true;

const interruptedRecord = (basis: RecordBasis) => unknownRecord(basis, 'the run was interrupted');

/** What only another board could help is not repeated where there is none. */
const mayRetry = (thrown: unknown, boards: number) =>
  thrown instanceof HilError &&
  (thrown.retry === 'same-board' || (thrown.retry === 'other-board' && boards > 1));

async function attemptCase(
  basis: RecordBasis,
  reference: Once<Golden>,
  services: CaseServices,
  signal: AbortSignal | undefined,
): Promise<CaseRecord> {
  const { testCase, target, clock } = basis;
  const prepared = await clock.time('prepare', () => services.inputs.take(testCase));
  const { golden, answer } = await bothBranches(
    reference.get(() => clock.time('reference', () => services.obtainGolden(testCase, prepared, signal))),
    (branchSignal) =>
      runOnBoard(testCase, prepared, target, services, {
        signal: branchSignal,
        clock,
        repeats: services.repeats ?? testCase.spec.declaration.repeats,
      }),
    signal,
  );

  const { spec } = testCase;
  const judgement: Judgement = await clock.time('compare', () =>
    judgeCase(spec, golden.outputs, answer.result, services.previousOutputs.get(spec.name)),
  );
  if (judgement.board) services.previousOutputs.set(spec.name, judgement.board);
  const folder = captureFolder(services.runFolder, testCase.name);
  await clock.time('store', () => storeAnswer(testCase, golden, answer, folder, services));
  return judgedRecord(basis, { prepared, golden, answer, judgement, folder });
}

const storeAnswer = (
  testCase: Case,
  golden: Golden,
  answer: BoardAnswer,
  folder: string,
  { stateFolder }: CaseServices,
) =>
  writeCapture(
    {
      case: testCase.name,
      stack: answer.session.stack,
      request: answer.request,
      boardModel: answer.modelSha256,
      response: answer.result,
      golden,
      log: answer.log,
    },
    folder,
    stateFolder,
  );

/**
 * Runs reference and board at the same time. When the reference fails the board's branch is called off and waited for;
 * its own failure then is the smaller news: a spec that contradicts itself says more than a board that was cut short.
 */
async function bothBranches(
  reference: Promise<Golden>,
  board: (signal: AbortSignal) => Promise<BoardAnswer>,
  signal: AbortSignal | undefined,
): Promise<{ golden: Golden; answer: BoardAnswer }> {
  const callOff = new AbortController();
  const branchSignal = signal ? AbortSignal.any([signal, callOff.signal]) : callOff.signal;
  const watched = reference.catch((error: unknown) => {
    callOff.abort(error);
    throw error;
  });
  const [golden, answer] = await Promise.allSettled([watched, board(branchSignal)]);
  if (golden.status === 'rejected') throw golden.reason;
  if (answer.status === 'rejected') throw answer.reason;
  return { golden: golden.value, answer: answer.value };
}

/** Work that attempts share: done by the first, and again only if it failed. */
class Once<T> {
  #value: Promise<T> | undefined;

  get(work: () => Promise<T>): Promise<T> {
    this.#value ??= work().catch((error: unknown) => {
      this.#value = undefined;
      throw error;
    });
    return this.#value;
  }
}
