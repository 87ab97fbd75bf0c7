import type { Golden } from '../golden/golden.ts';
import type { Case } from '../spec/case.ts';
import { writeCapture } from '../store/capture.ts';
import type { CaseRecord } from '../store/record.ts';
import type { CaseAnswer } from './ask-board.ts';
import { captureFolder } from './capture-folder.ts';
import type { CaseServices } from './case-services.ts';
import { conversionStage, judgedCase } from './conversion-stage.ts';
import { explainStage } from './explain-stage.ts';
import { judgeCase, type Judgement } from './judge-case.ts';
import { judgedRecord, type RecordBasis } from './make-record.ts';
import type { BoardAnswer } from './run-on-board.ts';
import type { SharedWork } from './shared-work.ts';

/** Compares an answer with the golden, keeps both, and says what came of it and why. Needs no board. */
export async function judgeAnswer(
  basis: RecordBasis,
  { prepared, answer }: CaseAnswer,
  work: SharedWork,
  services: CaseServices,
  signal: AbortSignal | undefined,
): Promise<CaseRecord> {
  const { testCase, target, clock } = basis;
  const { spec } = testCase;
  const golden = await work.golden();
  const previous = services.previousOutputs.get(target, spec.name);
  const judgement: Judgement = await clock.time('compare', () =>
    judgeCase(spec, golden.outputs, answer.result, previous),
  );
  services.previousOutputs.set(target, spec.name, judgement.board);
  const folder = captureFolder(services.runFolder, testCase.name, target.sdk);
  const captureSha256 = await clock.time('store', () =>
    storeAnswer(testCase, golden, answer, folder, services),
  );
  const parts = { prepared, golden, answer, judgement, folder, captureSha256 };
  const conversion = await conversionStage(
    () => judgedCase(basis, prepared, golden.outputs, judgement, services),
    services,
    clock,
    signal,
  );
  const explanation = await explainStage(basis, parts, golden.outputs, judgement, folder, services, signal);
  return judgedRecord(basis, { ...parts, conversion, explanation });
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
