/**
 * Where a run gets a board from that other runs use too, before its broker gives it to a worker. It is asked for a board
 * once, and has it until it gives it back.
 */
export interface BoardGate {
  /**
   * Waits until the board is this run's.
   *
   * @throws If that can never be told: what keeps the leases does not answer.
   */
  enter(board: string): Promise<void>;
  leave(board: string): void;
}
