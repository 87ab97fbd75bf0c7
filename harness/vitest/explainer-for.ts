import { explainCase } from '../explain/explain-case.ts';
import type { CaseExplainer } from '../pipeline/explain-stage.ts';
import { requestOf } from '../pipeline/reference-branch.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import type { RunSettings } from './settings.ts';

/** Explains cases with the worker's own engine; undefined where none are to be explained. */
export function explainerFor(
  { project: { config }, explain }: Pick<RunSettings, 'project' | 'explain'>,
  engine: ReferenceEngine,
): CaseExplainer | undefined {
  const when = explain ?? config.explain;
  if (when === 'never') return undefined;
  return {
    when,
    explain: (judged, options) =>
      explainCase(judged, {
        ...options,
        engine,
        network: requestOf(judged.testCase, judged.prepared, engine).network,
        budgetMs: 1000 * config.explainWithin,
      }),
  };
}
