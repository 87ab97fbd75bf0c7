/** What can be done for a board that went away. */
export interface BoardCare {
  /** How long it may take from the moment it is gone until it answers again, in ms. */
  readonly bootBudgetMs: number;
  /** Switches it off and on; absent where it has no power hook. */
  readonly powerCycle?: ((signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** For boards whose entry says nothing else. */
export const defaultCare: BoardCare = { bootBudgetMs: 90_000 };
