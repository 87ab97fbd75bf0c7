import type { ExplainOptions, JudgedCase } from '../explain/explain-case.ts';
import type { Explanation } from '../explain/explanation.ts';
import { boardModelPath } from '../spec/board-model-path.ts';
import type { ExplainWhen } from '../project/config.ts';
import type { CaseAnswer } from './ask-board.ts';
import type { CaseServices } from './case-services.ts';
import type { Judgement } from './judge-case.ts';
import type { RecordBasis } from './make-record.ts';

/** Says why judged cases are off. */
export interface CaseExplainer {
  readonly when: Exclude<ExplainWhen, 'never'>;
  explain(judged: JudgedCase, options: Pick<ExplainOptions, 'signal' | 'onProgress'>): Promise<Explanation>;
}

/**
 * The stage after the verdict: why it is what it is. It changes no verdict, and its own trouble is told in its place.
 *
 * @returns undefined where nothing is to be explained.
 */
export async function explainStage(
  { testCase, target, clock }: RecordBasis,
  { prepared }: Pick<CaseAnswer, 'prepared'>,
  golden: JudgedCase['golden'],
  judgement: Judgement,
  { explainer, models }: Pick<CaseServices, 'explainer' | 'models'>,
  signal: AbortSignal | undefined,
): Promise<Explanation | undefined> {
  if (explainer === undefined) return undefined;
  if (judgement.verdict !== 'failed' && explainer.when !== 'always') return undefined;
  try {
    return await clock.time('explain', async () =>
      explainer.explain(
        {
          testCase,
          sdk: target.sdk,
          prepared,
          golden,
          board: judgement.board,
          comparison: judgement.comparison,
          boardModel: await models.read(boardModelPath(testCase.spec, target.sdk)),
        },
        { signal, onProgress: (done) => clock.tell('explain', done) },
      ),
    );
  } catch (error) {
    const why = signal?.aborted
      ? 'the run was interrupted'
      : error instanceof Error
        ? error.message
        : String(error);
    return {
      cause: 'unknown',
      summary: `the explanation broke off: ${why}`,
      evidence: [],
      next: [],
      remarks: [],
    };
  }
}
