import type { GridCell } from './attribution.ts';
import type { CaseEvidence, StackEvidence } from './evidence/evidence.ts';
import { type InputShift, inputShift } from './input-shift.ts';

/**
 * What is attributed, of each case's answers against its golden:
 *
 * - `scale`: by how much the logits are too large, as a share; signed, so that it tells a factor from noise.
 * - `error`: root mean square error, in nats; unsigned, so that it sees every change that makes answers worse.
 *
 * Of several outputs the one that is farthest from 0.
 */
export const gridResponses = ['scale', 'error'] as const;
export type GridResponse = (typeof gridResponses)[number];

const responseOf: Readonly<Record<GridResponse, (shift: InputShift) => number>> = {
  scale: ({ xErrorBefore, xx }) => xErrorBefore / xx,
  error: ({ errorBefore }) => errorBefore,
};

/** The cases of one network on a stack as cells of a grid, one for each board. */
export function gridCells(
  { cases }: Pick<StackEvidence, 'cases'>,
  { model, runtime }: Pick<GridCell, 'model' | 'runtime'>,
  response: GridResponse = 'error',
  spec?: string,
): GridCell[] {
  const boards = new Map<string, Map<string, number>>();
  for (const each of cases) {
    if (spec !== undefined && each.record.case.spec !== spec) continue;
    const value = farthest(each, response);
    if (value === undefined) continue;
    const { board } = each.record.target;
    const responses = boards.get(board) ?? new Map<string, number>();
    boards.set(board, responses.set(each.record.case.name, value));
  }
  return [...boards].map(([board, responses]) => ({ model, runtime, board, responses }));
}

function farthest(each: CaseEvidence, response: GridResponse): number | undefined {
  const values = each.outputs.flatMap((output) => {
    const shift = inputShift(each, output, output);
    return shift === undefined ? [] : [responseOf[response](shift)];
  });
  return values.sort((a, b) => Math.abs(b) - Math.abs(a))[0];
}
