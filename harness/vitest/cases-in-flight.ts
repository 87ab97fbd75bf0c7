import type { PlannedCase } from '../pipeline/plan-cases.ts';

const mostInFlight = 32;

/**
 * How many cases of a file a worker has under way at a time: one on each board, and one that is ready for it next, its
 * input prepared and its golden computed.
 */
export const casesInFlight = (boards: number): number => Math.min(mostInFlight, Math.max(1, boards) * 2);

/** The boards that the cases of one file can use, at most. */
export function boardsOfOneFile(planned: readonly PlannedCase[]): number {
  const byFile = new Map<string, Set<string>>();
  for (const { case: testCase, targets } of planned) {
    const { file } = testCase.spec;
    const boards = byFile.get(file) ?? new Set();
    byFile.set(file, boards);
    for (const { board } of targets) boards.add(board.name);
  }
  return Math.max(1, ...[...byFile.values()].map(({ size }) => size));
}
