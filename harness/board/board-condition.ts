import { HilError, type RetryAdvice } from '../hil-error.ts';
import type { BoardProcessLook } from './board-look.ts';

/** What goes on at a board besides our own work, as its shell tells it. */
export interface BoardCondition {
  /** The hottest sensor; undefined where none can be read. */
  readonly hottest: Heat | undefined;
  /** Processes of others that hold the NPU's device node, as far as our user may see them. */
  readonly npuUsers: readonly BoardProcessLook[];
  /** Load of the NPU in percent, where the vendor's `query_npu_usage` is there; over which time it does not say. */
  readonly npuLoad?: number | undefined;
}

export interface Heat {
  readonly sensor: string;
  /** In °C. */
  readonly celsius: number;
}

/** Somebody else uses the NPU: what a run there says of time, memory and hangs says nothing of our network. */
export class NpuInUseError extends HilError {
  readonly code = 'HIL_NPU_IN_USE';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(board: string, { npuUsers, npuLoad }: BoardCondition, cause?: unknown) {
    const load = npuLoad === undefined ? '' : `, NPU load ${npuLoad} %`;
    super(`the NPU of board ${board} is used by somebody else: ${processesInWords(npuUsers)}${load}`, {
      hint: 'End that process, or wait for it; use `npx hil board shell` and agree on times. Its command line says whose it is.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** A board is too hot, and did not cool down in the time that it has. */
export class BoardHotError extends HilError {
  readonly code = 'HIL_BOARD_HOT';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, { sensor, celsius }: Heat, maxTemperature: number, waitedMs: number) {
    super(
      `board ${board} is at ${celsius} °C (${sensor}), above its limit of ${maxTemperature} °C, and did not cool down within ${Math.round(waitedMs / 1000)} s`,
      {
        hint: 'Look at its heat sink, its fan and what runs there; limits.maxTemperature and limits.coolWithin in its entry are the limits.',
      },
    );
  }
}

/** Processes for a message: `pid 812 (/usr/bin/demo)`. */
export const processesInWords = (processes: readonly BoardProcessLook[]): string =>
  processes.map(({ pid, command }) => `pid ${pid} (${command === '' ? 'no name' : command})`).join(', ');
