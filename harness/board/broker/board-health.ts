import type { ErrorReport } from '../../hil-error.ts';
import type { SetAside, VisitOutcome } from './lease.ts';

export interface HealthRules {
  /** Visits in a row that end in rig trouble, after which a board is set aside. */
  readonly setAsideAfter: number;
  /** Restarts in the middle of cases within a day that a board may have; with one more its power is not to be trusted. */
  readonly restartsADay: number;
  /** Milliseconds within which boards that become unreachable belong to one incident. */
  readonly incidentWindowMs: number;
}

export const defaultHealthRules: HealthRules = {
  setAsideAfter: 3,
  restartsADay: 2,
  incidentWindowMs: 60_000,
};

type Trouble = Extract<VisitOutcome, { kind: 'trouble' }>;

const dayMs = 24 * 3600 * 1000;

/** The boards of one run: which are still to be used. */
export class BoardHealth {
  readonly #rules: HealthRules;
  readonly #now: () => number;
  readonly #boards = new Map<string, BoardState>();

  /** @param now - Milliseconds of a clock that never goes back. */
  constructor(rules: HealthRules = defaultHealthRules, now: () => number = () => performance.now()) {
    this.#rules = rules;
    this.#now = now;
  }

  /** Makes a board known: an incident is judged by the boards that the run could use. */
  know(board: string): void {
    this.#stateOf(board);
  }

  setAside(board: string): SetAside | undefined {
    return this.#boards.get(board)?.setAside;
  }

  /** @returns The boards that are set aside because of this visit. */
  visited(board: string, outcome: VisitOutcome): SetAside[] {
    const state = this.#stateOf(board);
    if (state.setAside) return [];
    const restless = this.#judgeRestarts(board, state, outcome.restarts ?? []);
    if (restless) return [restless];
    if (outcome.kind === 'unknown') return [];
    if (outcome.kind === 'fine') {
      state.inRow = 0;
      state.last = undefined;
      return [];
    }
    state.inRow++;
    state.last = { trouble: outcome, atMs: this.#now() };
    return this.#judgeFarm() ?? this.#judgeBoard(board, state, outcome);
  }

  /** A supply that gives way now and then lets every case pass on its repeat, and costs all of them their time. */
  #judgeRestarts(board: string, state: BoardState, restarts: readonly ErrorReport[]): SetAside | undefined {
    const now = this.#now();
    const { restartsADay } = this.#rules;
    state.restartsAtMs = [...state.restartsAtMs, ...restarts.map(() => now)].filter((at) => at > now - dayMs);
    const error = restarts.at(-1);
    if (error === undefined || state.restartsAtMs.length <= restartsADay) return undefined;
    const reason = `because it restarted ${state.restartsAtMs.length} times in the middle of cases within a day: ${error.message}`;
    state.setAside = { board, reason, error, incident: false };
    return state.setAside;
  }

  #judgeBoard(board: string, state: BoardState, { error, quarantine }: Trouble): SetAside[] {
    const { setAsideAfter } = this.#rules;
    if (!quarantine && state.inRow < setAsideAfter) return [];
    const why = quarantine
      ? 'because it must not be used before somebody has looked at it'
      : `after ${state.inRow} ${state.inRow === 1 ? 'visit' : 'visits in a row'} that ended in rig trouble`;
    state.setAside = { board, reason: `${why}: ${error.message}`, error, incident: false };
    return [state.setAside];
  }

  /** More than half of the boards, and at least two, gone at the same time: a switch or a power strip, not boards. */
  #judgeFarm(): SetAside[] | undefined {
    const since = this.#now() - this.#rules.incidentWindowMs;
    const gone = [...this.#boards].filter(
      ([, { last }]) => last !== undefined && last.trouble.unreachable && last.atMs >= since,
    );
    if (gone.length < 2 || gone.length * 2 <= this.#boards.size) return undefined;
    const names = gone.map(([name]) => name).join(', ');
    const fresh = gone.filter(([, { setAside }]) => setAside === undefined);
    return fresh.map(([board, state]) => {
      const { error } = state.last!.trouble;
      const reason = `because ${gone.length} of ${this.#boards.size} boards became unreachable together (${names}): ${error.message}`;
      state.setAside = { board, reason, error, incident: true };
      return state.setAside;
    });
  }

  #stateOf(board: string): BoardState {
    const known = this.#boards.get(board);
    if (known) return known;
    const state: BoardState = { inRow: 0, restartsAtMs: [] };
    this.#boards.set(board, state);
    return state;
  }
}

interface BoardState {
  inRow: number;
  restartsAtMs: readonly number[];
  last?: { readonly trouble: Trouble; readonly atMs: number } | undefined;
  setAside?: SetAside;
}
