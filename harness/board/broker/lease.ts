import type { Cancellable } from '../../cancellable.ts';
import type { ErrorReport } from '../../hil-error.ts';
import type { Target } from '../choose-target.ts';

/** A board that is wanted, and what is kept warm there between two cases. */
export interface LeaseCandidate {
  readonly target: Target;
  /** Equal for cases that can share a loaded model, e.g. SDK and model file. */
  readonly warmth: string;
}

/** How a visit to a board went, as far as the board's health goes. */
export type VisitOutcome = VisitEnd & {
  /** Errors of attempts in which the board restarted, however the visit ended. */
  readonly restarts?: readonly ErrorReport[];
};

type VisitEnd =
  | { readonly kind: 'fine' }
  /** Nothing was learned about the board: the spec was wrong, or the run was called off. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'trouble';
      readonly error: ErrorReport;
      /** The board must not be used again before a person has looked at it. */
      readonly quarantine: boolean;
      /** It could not even be reached: many such boards at once are one incident. */
      readonly unreachable: boolean;
    };

/** The right to use one board, alone. */
export interface Lease {
  readonly target: Target;
  /** Rises with every lease of a board; what was granted under a lower one is void. */
  readonly fence: number;
  /**
   * Gives the board back; the first call counts.
   *
   * @param warm - A session to it is still open and idle. The holder closes it when it is recalled.
   */
  release(outcome: VisitOutcome, warm: boolean): void;
}

/** Where boards are asked for. One implementation lives in the run's main process; a farm's may live in a database. */
export interface BoardLeases {
  /**
   * Waits until one of the boards is free; the best of those that are comes first.
   *
   * @throws {BoardsSetAsideError} If no board that fits is in use any more.
   */
  lease(candidates: readonly LeaseCandidate[], options: Cancellable): Promise<Lease>;
}

/** A board that the rest of the run does without. */
export interface SetAside {
  readonly board: string;
  /** One sentence for people. */
  readonly reason: string;
  /** The trouble that decided it. */
  readonly error: ErrorReport;
  /** It went together with others: one incident, not many. */
  readonly incident: boolean;
}
