import type { Target } from '../board/choose-target.ts';
import type { Cancellable } from '../cancellable.ts';
import type { Conversion } from '../explain/conversion.ts';
import type { JudgedCase } from '../explain/explain-case.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import { boardModelPath } from '../spec/board-model-path.ts';
import type { Case } from '../spec/case.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { CaseServices } from './case-services.ts';
import type { Judgement } from './judge-case.ts';
import type { StageClock } from './stage-clock.ts';

/** Says what of a judged case's distance the conversion made; undefined where its model file cannot tell. */
export type ConversionMeter = (judged: JudgedCase, options: Cancellable) => Promise<Conversion | undefined>;

/** What explanations of a case stand on. */
export const judgedCase = async (
  { testCase, target }: { readonly testCase: Case; readonly target: Target },
  prepared: PreparedInput,
  golden: NamedTensors,
  { board, comparison }: Judgement,
  { models }: Pick<CaseServices, 'models'>,
): Promise<JudgedCase> => ({
  testCase,
  sdk: target.sdk,
  prepared,
  golden,
  board,
  comparison,
  boardModel: await models.read(boardModelPath(testCase.spec, target.sdk)),
});

/** The stage after the verdict, for every case that has one. It changes no verdict; its own trouble is told and that is all. */
export async function conversionStage(
  judged: () => Promise<JudgedCase>,
  { conversion }: Pick<CaseServices, 'conversion'>,
  clock: StageClock,
  signal: AbortSignal | undefined,
): Promise<Conversion | undefined> {
  if (conversion === undefined) return undefined;
  try {
    const startedAt = performance.now();
    const found = await conversion(await judged(), { signal });
    if (found) clock.add('explain', performance.now() - startedAt);
    return found;
  } catch (error) {
    if (signal?.aborted) return { notComputed: 'the run was interrupted' };
    return { notComputed: error instanceof Error ? error.message : String(error) };
  }
}
