import type { Cancellable } from '../../cancellable.ts';

/** Word from the store that boards were given back and taken, so that nobody has to keep asking. */
export interface ReleaseSignals extends AsyncDisposable {
  /** Begins to listen; what happens from then on is heard. Listens again after a broken connection. */
  listen(): Promise<void>;
  /** How often one of these boards was heard to be given back; grows. */
  count(boards: readonly string[]): number;
  /** Whether the last that was heard of one of these boards is that it was given back. */
  someFree(boards: readonly string[]): boolean;
  /**
   * Waits until the count of these boards is above `seen`.
   *
   * @returns False if it was not within `atMostMs`.
   * @throws The signal's reason.
   */
  next(
    boards: readonly string[],
    seen: number,
    options: Cancellable & { readonly atMostMs: number },
  ): Promise<boolean>;
}
