/** What can be done for a board that is not as it should be. */
export interface BoardCare {
  /** How long it may take from the moment it is gone until it answers again, in ms. */
  readonly bootBudgetMs: number;
  /** Switches it off and on; absent where it has no power hook. */
  readonly powerCycle?: ((signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** When it is too hot to work on; it may be as hot as it likes without. */
  readonly heat?: HeatCare | undefined;
}

export interface HeatCare {
  /** Above this, in °C, no case begins there. */
  readonly maxTemperature: number;
  /** How long it may take to cool down, in ms. */
  readonly coolWithinMs: number;
}

/** For boards whose entry says nothing else. */
export const defaultCare: BoardCare = { bootBudgetMs: 90_000 };
