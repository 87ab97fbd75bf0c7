import type { Cancellable } from '../../cancellable.ts';

/** Word from the store that a board was given back, so that nobody has to keep asking. */
export interface ReleaseSignals extends AsyncDisposable {
  /** Begins to listen; what is given back from then on is heard. Listens again after a broken connection. */
  listen(): Promise<void>;
  /** Number of boards among these that were heard to be given back; grows. */
  count(boards: readonly string[]): number;
  /** Waits until the count of these boards is above `seen`, at most so long. @throws The signal's reason. */
  next(
    boards: readonly string[],
    seen: number,
    options: Cancellable & { readonly atMostMs: number },
  ): Promise<void>;
}
