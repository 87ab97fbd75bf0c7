import type { Golden } from '../golden/golden.ts';
import type { Case } from '../spec/case.ts';
import { writeCapture } from '../store/capture.ts';
import type { CaseRecord } from '../store/record.ts';
import { captureFolder } from './capture-folder.ts';
import type { CaseServices } from './case-services.ts';
import { judgeCase, type Judgement } from './judge-case.ts';
import { judgedRecord, type RecordBasis } from './make-record.ts';
import { type BoardAnswer, runOnBoard } from './run-on-board.ts';
import type { SharedWork } from './shared-work.ts';

/** One attempt at a case on a board that is leased: run, compare, store. The capture is on the disk when it returns. */
export async function attemptCase(
  basis: RecordBasis,
  work: SharedWork,
  services: CaseServices,
  signal: AbortSignal | undefined,
): Promise<CaseRecord> {
  const { testCase, target, clock } = basis;
  const { spec } = testCase;
  const prepared = await work.prepared();
  const { golden, answer } = await bothBranches(
    work.golden(),
    (branchSignal) =>
      runOnBoard(testCase, prepared, target, services, {
        signal: branchSignal,
        clock,
        repeats: services.repeats ?? spec.declaration.repeats,
      }),
    signal,
  );

  const previous = services.previousOutputs.get(target, spec.name);
  const judgement: Judgement = await clock.time('compare', () =>
    judgeCase(spec, golden.outputs, answer.result, previous),
  );
  services.previousOutputs.set(target, spec.name, judgement.board);
  const folder = captureFolder(services.runFolder, testCase.name, target.sdk);
  const captureSha256 = await clock.time('store', () =>
    storeAnswer(testCase, golden, answer, folder, services),
  );
  return judgedRecord(basis, { prepared, golden, answer, judgement, folder, captureSha256 });
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
      stack: answer.stack,
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
