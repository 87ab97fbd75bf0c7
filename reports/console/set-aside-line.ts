import type { SetAside } from '../../harness/board/broker/lease.ts';
import type { Colours } from './appearance.ts';

/** Says that a board is not used any more in this run, and why. */
export const setAsideLine = ({ board, reason }: SetAside, colours: Colours): string =>
  `${colours.magenta('SET ASIDE')}  board ${board}, ${reason}`;
