import { HilError } from '../../hil-error.ts';
import type { SetAside } from './lease.ts';

/** Every board that fits a case was set aside before the case had its turn. */
export class BoardsSetAsideError extends HilError {
  readonly code = 'HIL_BOARDS_SET_ASIDE';
  readonly owner = 'lab';

  constructor(boards: readonly SetAside[]) {
    const [first] = boards;
    super(
      boards.length === 1 && first
        ? `no board is left for this case: ${first.board} was set aside, ${first.reason}`
        : `no board is left for this case: ${boards.map(({ board, reason }) => `${board} (${reason})`).join('; ')}`,
      { hint: first?.error.hint ?? 'Look at the boards, then run again.' },
    );
  }
}
