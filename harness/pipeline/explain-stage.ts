import { join } from 'node:path';
import type { Target } from '../board/choose-target.ts';
import type { InferRequest } from '../board/session.ts';
import type { ExplainOptions, JudgedCase } from '../explain/explain-case.ts';
import type { LayerAccess } from '../explain/explain-layers.ts';
import type { Explanation } from '../explain/explanation.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { ExplainWhen } from '../project/config.ts';
import type { Case } from '../spec/case.ts';
import { writeLayers } from '../store/layer-capture.ts';
import type { CaseAnswer } from './ask-board.ts';
import type { CaseServices } from './case-services.ts';
import { judgedCase } from './conversion-stage.ts';
import { dumpLayers } from './dump-layers.ts';
import type { Judgement } from './judge-case.ts';
import type { RecordBasis } from './make-record.ts';

/** Says why judged cases are off. */
export interface CaseExplainer {
  readonly when: Exclude<ExplainWhen, 'never'>;
  explain(
    judged: JudgedCase,
    options: Pick<ExplainOptions, 'signal' | 'onProgress' | 'layers'>,
  ): Promise<Explanation>;
}

const layersOf = (
  testCase: Case,
  target: Target,
  request: InferRequest,
  folder: string,
  services: CaseServices,
): LayerAccess => ({
  dump: (options) => dumpLayers(testCase, target, request, services, options),
  keep: async (layers) =>
    (await writeLayers(layers, folder)).map((name) => relativePath(testCase.spec.root, join(folder, name))),
});

/**
 * The stage after the verdict: why it is what it is. It changes no verdict, and its own trouble is told in its place.
 *
 * @param folder - Of the capture, absolute.
 * @returns undefined where nothing is to be explained.
 */
export async function explainStage(
  { testCase, target, clock }: RecordBasis,
  { prepared, answer }: CaseAnswer,
  golden: JudgedCase['golden'],
  judgement: Judgement,
  folder: string,
  services: CaseServices,
  signal: AbortSignal | undefined,
): Promise<Explanation | undefined> {
  const { explainer } = services;
  if (explainer === undefined) return undefined;
  if (judgement.verdict !== 'failed' && explainer.when !== 'always') return undefined;
  try {
    return await clock.time('explain', async () =>
      explainer.explain(await judgedCase({ testCase, target }, prepared, golden, judgement, services), {
        signal,
        onProgress: (done) => clock.tell('explain', done),
        ...(testCase.spec.command
          ? {}
          : { layers: layersOf(testCase, target, answer.request, folder, services) }),
      }),
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
