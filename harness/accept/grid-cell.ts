import type { GridCell } from './attribution.ts';
import type { StackEvidence } from './evidence/evidence.ts';
import { inputShift } from './input-shift.ts';

/** The errors of a stack's cases (nats; worst output of a case) as cells of an attribution grid, one for each board. */
export function gridCells(
  { cases }: StackEvidence,
  { model, runtime }: Pick<GridCell, 'model' | 'runtime'>,
): GridCell[] {
  const boards = new Map<string, Map<string, number>>();
  for (const each of cases) {
    const errors = each.outputs.flatMap((output) => inputShift(each, output, output)?.errorBefore ?? []);
    if (errors.length === 0) continue;
    const { board } = each.record.target;
    const responses = boards.get(board) ?? new Map<string, number>();
    boards.set(board, responses.set(each.record.case.name, Math.max(...errors)));
  }
  return [...boards].map(([board, responses]) => ({ model, runtime, board, responses }));
}
