import type { Cancellable } from '../../cancellable.ts';

/** The right to use a board, until it expires or is given back. */
export interface BoardLease {
  readonly board: string;
  /** Who holds it, for people: host, pid, run. */
  readonly holder: string;
  /** Grows with every lease of a board: what an older holder still sends is refused. */
  readonly fence: number;
  /** ISO 8601, by the store's clock. */
  readonly expiresAt: string;
}

/** The leases of boards that several harness processes share. */
export interface BoardLeases {
  /**
   * Takes a board that is free or whose lease has expired.
   *
   * @param ttlMs - How long the lease holds without being renewed.
   * @returns The lease, or the one that somebody else holds.
   */
  acquire(
    board: string,
    holder: string,
    ttlMs: number,
  ): Promise<{ readonly granted: boolean; readonly lease: BoardLease }>;
  /**
   * Takes the first of several boards that is free or whose lease has expired.
   *
   * @returns Undefined if all are held.
   */
  acquireAny(boards: readonly string[], holder: string, ttlMs: number): Promise<BoardLease | undefined>;
  /**
   * The same, waiting until one is given back or expires.
   *
   * @returns Undefined if none was to be had within `atMostMs`.
   * @throws The signal's reason.
   */
  waitForAny(
    boards: readonly string[],
    holder: string,
    ttlMs: number,
    options: Cancellable & { readonly atMostMs: number },
  ): Promise<BoardLease | undefined>;
  /** Prolongs a lease. @returns Undefined if it was lost: expired and taken by somebody else, or given back. */
  renew(lease: BoardLease, ttlMs: number): Promise<BoardLease | undefined>;
  /** Gives a board back; a lease that was lost already is left alone. */
  release(lease: BoardLease): Promise<void>;
  /** All that have not expired. */
  list(): Promise<readonly BoardLease[]>;
}
