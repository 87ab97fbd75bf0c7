import type { BoardOutput, InferResult } from '../board/session.ts';
import { compareOutputs, type CompareOptions } from '../compare/compare.ts';
import type { Comparison } from '../compare/comparison.ts';
import { findUnseenFaults } from '../compare/inject-faults.ts';
import { judge, type Judgement as Verdict } from '../compare/judge.ts';
import { nameBoardOutputs } from '../compare/name-board-outputs.ts';
import { findUnstable } from '../compare/unstable.ts';
import type { ResolvedSpec } from '../spec/case.ts';
import type { UnseenFault } from '../store/record.ts';
import { dequantise } from '../tensor/dequantise.ts';
import type { NamedTensors } from '../tensor/tensor.ts';

/** What a board's answer came to. */
export interface Judgement extends Verdict {
  readonly comparison: Comparison;
  readonly unseenFaults: readonly UnseenFault[];
  /** The board's outputs under the golden's names, dequantised to float32. */
  readonly board: NamedTensors;
}

/** The tolerances a spec holds a board against. */
export type Tolerances = Pick<ResolvedSpec, 'limits' | 'outputLimits'>;

/**
 * Compares what a board answered with the golden, and tests the tolerance on it. Pure: no board, no file, no clock.
 *
 * @param previous - The board's outputs for another input of the same network, for the tolerance's self-test.
 * @throws {HilError} Owner `spec` if the tolerance makes no sense for an output.
 */
export function judgeCase(
  { limits, outputLimits }: Tolerances,
  golden: NamedTensors,
  { outputs, runs }: Pick<InferResult, 'outputs' | 'runs'>,
  previous?: NamedTensors,
): Judgement {
  const board = boardOutputsOf(golden, outputs);
  const unstable = findUnstable(runs.map((run) => run.outputsCrc32));
  const options: CompareOptions = { limits, outputLimits, faults: unstable ? [unstable] : [] };
  const comparison = compareOutputs(golden, board, options);
  return {
    ...judge(comparison),
    comparison,
    unseenFaults: findUnseenFaults(golden, board, previous, options),
    board,
  };
}

/** A board's raw outputs as real numbers, under the golden's names where the board gives none. */
export function boardOutputsOf(golden: NamedTensors, outputs: readonly BoardOutput[]): NamedTensors {
  return nameBoardOutputs(
    [...golden.keys()],
    outputs.map(({ attribute, tensor }) => ({
      name: attribute.name,
      tensor: dequantise(tensor, attribute.quantisation),
    })),
  );
}
