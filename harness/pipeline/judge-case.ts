import type { BoardOutput, InferResult } from '../board/session.ts';
import { compareOutputs, type CompareOptions } from '../compare/compare.ts';
import type { Comparison } from '../compare/comparison.ts';
import { findUnseenFaults } from '../compare/inject-faults.ts';
import { type ClassNames, judge, type Judgement as Verdict } from '../compare/judge.ts';
import type { ListedOutput } from '../compare/listed-output.ts';
import { nameBoardOutputs } from '../compare/name-board-outputs.ts';
import { resolveListing } from '../compare/resolve-listing.ts';
import { findUnstable } from '../compare/unstable.ts';
import type { ResolvedSpec } from '../spec/case.ts';
import type { UnseenFault } from '../store/record.ts';
import { dequantise } from '../tensor/dequantise.ts';
import { elementCount, type NamedTensors, type Tensor } from '../tensor/tensor.ts';

/** What a board's answer came to. */
export interface Judgement extends Verdict {
  readonly comparison: Comparison;
  /** What the tolerance's self-test found; absent where the outputs do not pass, or the test was left out. */
  readonly unseenFaults?: readonly UnseenFault[];
  /** Why the self-test was left out of a case that passes. */
  readonly untested?: string;
  /** The board's outputs under the golden's names, dequantised to float32. */
  readonly board: NamedTensors;
}

/**
 * Above so many output values a run leaves the self-test to `hil lint`: it compares seven times more, which takes a few
 * hundred milliseconds on the millions of values of a segmentation network.
 */
export const mostTestedValues = 1_000_000;

/** The tolerances a spec holds a board against. */
export type Tolerances = Pick<ResolvedSpec, 'limits' | 'outputLimits'> & {
  readonly classNames?: ClassNames;
};

/**
 * Compares what a board answered with the golden, and tests the tolerance on it where it passes and is not too large.
 * Pure: no board, no file, no clock.
 *
 * @param previous - The board's outputs for another input of the same network, for the tolerance's self-test.
 * @throws {HilError} Owner `spec` if the tolerance makes no sense for an output.
 */
export function judgeCase(
  { limits, outputLimits, classNames }: Tolerances,
  golden: NamedTensors,
  { outputs, runs }: Pick<InferResult, 'outputs' | 'runs'>,
  previous?: NamedTensors,
): Judgement {
  const { board, listed } = readBoardOutputs(golden, outputs);
  const unstable = findUnstable(runs.map((run) => run.outputsCrc32));
  const options: CompareOptions = { limits, outputLimits, listed, faults: unstable ? [unstable] : [] };
  const comparison = compareOutputs(golden, board, options);
  return {
    ...judge(comparison, classNames),
    comparison,
    ...(comparison.ok ? testTolerance(golden, board, previous, options) : {}),
    board,
  };
}

function testTolerance(
  golden: NamedTensors,
  board: NamedTensors,
  previous: NamedTensors | undefined,
  options: CompareOptions,
): Pick<Judgement, 'unseenFaults' | 'untested'> {
  const values = [...golden.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (values <= mostTestedValues) return { unseenFaults: findUnseenFaults(golden, board, previous, options) };
  return {
    untested: `its outputs have ${inThousands(values)} values, and above ${inThousands(mostTestedValues)} only \`npx hil lint\` tests`,
  };
}

const inThousands = (count: number): string => count.toLocaleString('en');

/** A board's raw outputs as real numbers, under the golden's names where the board gives none. */
export const boardOutputsOf = (golden: NamedTensors, outputs: readonly BoardOutput[]): NamedTensors =>
  readBoardOutputs(golden, outputs).board;

/** The same, and which of them are lists of some values only. */
export function readBoardOutputs(
  golden: NamedTensors,
  outputs: readonly BoardOutput[],
): { readonly board: NamedTensors; readonly listed: ReadonlyMap<string, ListedOutput> } {
  const named = nameBoardOutputs(
    [...golden.keys()],
    outputs.map(({ attribute, tensor }) => ({
      name: attribute.name,
      tensor: dequantise(tensor, attribute.quantisation),
    })),
  );
  const board = new Map<string, Tensor>(named);
  const listed = new Map<string, ListedOutput>();
  for (const [place, name] of [...named.keys()].entries()) {
    const listing = outputs[place]?.listing;
    const expected = golden.get(name);
    if (listing === undefined || expected === undefined) continue;
    const resolved = resolveListing(named.get(name) as Tensor<'float32'>, listing, expected.shape);
    board.set(name, resolved.tensor);
    if (resolved.listed) listed.set(name, resolved.listed);
  }
  return { board, listed };
}
