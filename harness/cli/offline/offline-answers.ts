import type { Comparison } from '../../compare/comparison.ts';
import { prepareInput } from '../../input/prepare-input.ts';
import { judgeCase } from '../../pipeline/judge-case.ts';
import type { Case } from '../../spec/case.ts';
import type { WorkerServices } from '../../vitest/worker-services.ts';
import type { Io } from '../io.ts';
import type { OfflineBoard } from './offline-board.ts';
import type { ModelOnDisk } from './read-model-file.ts';

/** What one model file answers on the inputs of cases, held against their float network, by case name. */
export async function offlineAnswers(
  model: ModelOnDisk,
  cases: readonly Case[],
  board: OfflineBoard,
  { cases: { obtainGolden } }: WorkerServices,
  { stderr, signal }: Pick<Io, 'stderr' | 'signal'>,
): Promise<Map<string, Comparison>> {
  stderr.write(`${model.file}: ${cases.length} inputs on the simulated NPU\n`);
  const comparisons = new Map<string, Comparison>();
  for (const testCase of cases) {
    const prepared = await prepareInput(testCase.input, testCase.spec);
    const golden = await obtainGolden(testCase, prepared, signal);
    const result = await board.answer(model, prepared, { signal });
    comparisons.set(testCase.name, judgeCase(testCase.spec, golden.outputs, result).comparison);
  }
  return comparisons;
}
