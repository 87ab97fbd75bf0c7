import { BoardHealth, defaultHealthRules, type HealthRules } from './board-health.ts';
import { reportError } from '../../hil-error.ts';
import type { BoardGate } from './board-gate.ts';
import type { SetAside, VisitOutcome } from './lease.ts';

/** A board that a worker could use for a case. */
export interface Candidate {
  readonly board: string;
  /** Every worker has a board of this name for itself. */
  readonly perWorker: boolean;
  readonly warmth: string;
}

/** A worker's side of the broker: what the broker tells it. */
export interface BrokerClient {
  /** @param choice - Index into the candidates that the request named. */
  granted(request: number, choice: number, fence: number): void;
  refused(request: number, boards: readonly SetAside[]): void;
  /** The worker is to close its idle session to this board, and to say so with {@link WorkerDesk.closed}. */
  recall(board: string): void;
  /** The run ends now: who waits or works is to leave its board. */
  calledOff(): void;
  /** There is no broker any more. */
  lost(cause?: unknown): void;
}

/** The broker's side of a worker: what the worker asks. */
export interface WorkerDesk {
  request(request: number, candidates: readonly Candidate[]): void;
  cancel(request: number): void;
  release(fence: number, outcome: VisitOutcome, warm: boolean): void;
  closed(board: string): void;
  /** The worker is gone, and with it all that it held. */
  gone(): void;
}

export interface BoardBrokerOptions {
  readonly rules?: HealthRules;
  readonly onSetAside?: (event: SetAside) => void;
  /** Where boards come from that other runs use too; without it, whatever is asked for is ours. */
  readonly gate?: BoardGate | undefined;
}

/** Leases of one worker in a row on a warm board, after which others that wait have their turn. */
const longestBurst = 16;

/**
 * Shares the boards of a run among its workers: one case at a time on each board. First come, first served, but a board
 * with a session that is warm for a waiting case goes to that case, so that boards do not change hands all the time.
 */
export class BoardBroker {
  readonly #rules: HealthRules;
  #health: BoardHealth;
  readonly #onSetAside: (event: SetAside) => void;
  readonly #slots = new Map<string, Slot>();
  readonly #gate: BoardGate | undefined;
  /** Boards that are this run's, and those that it waits for. */
  readonly #entered = new Map<string, 'waiting' | 'ours'>();
  #waiting: Request[] = [];
  #lastFence = 0;
  #lastWorker = 0;
  readonly #workers = new Set<Worker>();

  constructor({ rules = defaultHealthRules, onSetAside = () => undefined, gate }: BoardBrokerOptions = {}) {
    this.#gate = gate;
    this.#rules = rules;
    this.#health = new BoardHealth(rules);
    this.#onSetAside = onSetAside;
  }

  connect(client: BrokerClient): WorkerDesk {
    const worker: Worker = { client, number: ++this.#lastWorker };
    this.#workers.add(worker);
    return {
      request: (id, candidates) => {
        for (const { board } of candidates) this.#health.know(board);
        this.#waiting.push({ id, worker, candidates });
        this.#schedule();
      },
      cancel: (id) => {
        this.#waiting = this.#waiting.filter((request) => request.worker !== worker || request.id !== id);
      },
      release: (fence, outcome, warm) => this.#release(worker, fence, outcome, warm),
      closed: (board) => {
        for (const slot of this.#slots.values()) if (slot.board === board) coolDown(slot, worker);
        this.#schedule();
      },
      gone: () => {
        this.#workers.delete(worker);
        this.#waiting = this.#waiting.filter((request) => request.worker !== worker);
        for (const [key, slot] of this.#slots) {
          if (slot.holder?.worker === worker) slot.holder = undefined;
          coolDown(slot, worker);
          if (slot.owner === worker) this.#slots.delete(key);
        }
        this.#schedule();
      },
    };
  }

  /**
   * A board is not this run's any more: whoever works there ends his case, which the board's own lock allows him, then
   * the board is left, and asked for anew when it is wanted.
   */
  lost(board: string): void {
    if (this.#entered.get(board) !== 'ours') return;
    this.#entered.delete(board);
    for (const slot of this.#slots.values()) if (slot.board === board && !slot.holder) this.#leave(slot);
    this.#schedule();
  }

  /** Tells every worker that the run ends now. */
  callOff(): void {
    for (const { client } of this.#workers) client.calledOff();
  }

  /** Forgets what was learned about the boards: another run begins. */
  renew(): void {
    this.#health = new BoardHealth(this.#rules);
  }

  /** Boards that somebody holds or has a session to. */
  get inUse(): readonly string[] {
    return [...this.#slots.values()].filter(({ holder, warm }) => holder ?? warm).map(({ board }) => board);
  }

  #release(worker: Worker, fence: number, outcome: VisitOutcome, warm: boolean): void {
    for (const slot of this.#slots.values()) {
      if (slot.holder?.fence !== fence || slot.holder.worker !== worker) continue;
      slot.warm = warm ? { worker, warmth: slot.holder.warmth } : undefined;
      slot.holder = undefined;
      if (this.#gate && !slot.owner && this.#entered.get(slot.board) !== 'ours') this.#leave(slot);
      for (const event of this.#health.visited(slot.board, outcome)) this.#onSetAside(event);
    }
    this.#schedule();
  }

  /** Has the session closed that somebody keeps open there. */
  #leave(slot: Slot): void {
    if (slot.warm === undefined) return;
    slot.isLeft = true;
    slot.warm.worker.client.recall(slot.board);
  }

  #schedule(): void {
    for (const request of this.#waiting) {
      // What is told to one worker may have made it ask for more, and so have served this one.
      if (!this.#waiting.includes(request)) continue;
      const fit = request.candidates.filter(({ board }) => this.#health.setAside(board) === undefined);
      if (fit.length === 0) {
        this.#forget(request);
        request.worker.client.refused(
          request.id,
          request.candidates.flatMap(({ board }) => this.#health.setAside(board) ?? []),
        );
        continue;
      }
      const offer = fit
        .map((candidate) => this.#offerOf(request, candidate))
        .filter((found) => found !== undefined)
        .reduce<Offer | undefined>((best, next) => (best && best.cost <= next.cost ? best : next), undefined);
      if (offer) this.#take(request, offer);
    }
    this.#leaveIdle();
  }

  /** What a board would cost a request: nothing, a model, a connection, or somebody else's warm session. */
  #offerOf(request: Request, candidate: Candidate): Offer | undefined {
    if (!candidate.perWorker && !this.#isOurs(candidate.board)) return undefined;
    const slot = this.#slotOf(request.worker, candidate);
    if (slot.holder || slot.recalledFor || slot.isLeft) return undefined;
    const { warm } = slot;
    const isOurs = warm?.worker === request.worker;
    if (warm && (!isOurs || warm.warmth !== candidate.warmth) && this.#isKeptFor(slot, warm))
      return undefined;
    const cost = warm === undefined ? 2 : !isOurs ? 3 : warm.warmth === candidate.warmth ? 0 : 1;
    return { slot, candidate, cost };
  }

  /** Asks for a board of others when it is wanted first; what waits for it is served when it comes. */
  #isOurs(board: string): boolean {
    if (this.#gate === undefined) return true;
    const state = this.#entered.get(board);
    if (state === undefined) void this.#enter(board, this.#gate);
    return state === 'ours';
  }

  async #enter(board: string, gate: BoardGate): Promise<void> {
    this.#entered.set(board, 'waiting');
    try {
      await gate.enter(board);
      this.#entered.set(board, 'ours');
    } catch (error) {
      this.#entered.delete(board);
      const trouble = {
        kind: 'trouble',
        error: reportError(error),
        quarantine: true,
        unreachable: false,
      } as const;
      for (const event of this.#health.visited(board, trouble)) this.#onSetAside(event);
    }
    this.#schedule();
  }

  /** Gives boards back that nobody here uses or waits for: another run may have been waiting all the time. */
  #leaveIdle(): void {
    for (const [board, state] of this.#entered) {
      const used = [...this.#slots.values()].some(
        (slot) => slot.board === board && (slot.holder ?? slot.warm),
      );
      const wanted = this.#waiting.some(({ candidates }) =>
        candidates.some((other) => other.board === board),
      );
      if (state === 'waiting' || used || wanted) continue;
      this.#entered.delete(board);
      this.#gate?.leave(board);
    }
  }

  /** Whether somebody waits for just what is warm there, and has not had his way for too long. */
  #isKeptFor(slot: Slot, { worker, warmth }: Warm): boolean {
    return (
      slot.burst < longestBurst &&
      this.#waiting.some(
        (other) =>
          other.worker === worker &&
          other.candidates.some(
            (candidate) => candidate.warmth === warmth && this.#slotOf(worker, candidate) === slot,
          ),
      )
    );
  }

  #take(request: Request, { slot, candidate, cost }: Offer): void {
    if (slot.warm && slot.warm.worker !== request.worker) {
      // The request stays in its place; the board is free once the other worker has left it.
      if ([...this.#slots.values()].some(({ recalledFor }) => recalledFor === request)) return;
      slot.recalledFor = request;
      slot.warm.worker.client.recall(slot.board);
      return;
    }
    this.#forget(request);
    const fence = ++this.#lastFence;
    slot.burst = cost === 0 ? slot.burst + 1 : 0;
    slot.holder = { worker: request.worker, fence, warmth: candidate.warmth };
    request.worker.client.granted(request.id, request.candidates.indexOf(candidate), fence);
  }

  #forget(request: Request): void {
    this.#waiting = this.#waiting.filter((other) => other !== request);
  }

  #slotOf(worker: Worker, { board, perWorker }: Candidate): Slot {
    const key = perWorker ? `${board} of ${worker.number}` : board;
    const known = this.#slots.get(key);
    if (known) return known;
    const slot: Slot = { board, burst: 0, ...(perWorker ? { owner: worker } : {}) };
    this.#slots.set(key, slot);
    return slot;
  }
}

interface Worker {
  readonly client: BrokerClient;
  readonly number: number;
}

interface Request {
  readonly id: number;
  readonly worker: Worker;
  readonly candidates: readonly Candidate[];
}

/** A session that a worker keeps open while it does not use it. */
interface Warm {
  readonly worker: Worker;
  readonly warmth: string;
}

/** One board, or one worker's board of this name. */
interface Slot {
  readonly board: string;
  readonly owner?: Worker;
  holder?: (Warm & { readonly fence: number }) | undefined;
  warm?: Warm | undefined;
  /** The request that the warm session is being closed for. */
  recalledFor?: Request | undefined;
  /** The warm session is being closed because the board is not this run's any more. */
  isLeft?: boolean;
  /** Leases in a row that found the board warm. */
  burst: number;
}

interface Offer {
  readonly slot: Slot;
  readonly candidate: Candidate;
  readonly cost: number;
}

function coolDown(slot: Slot, worker: Worker): void {
  if (slot.warm?.worker !== worker) return;
  slot.warm = undefined;
  slot.recalledFor = undefined;
  slot.isLeft = false;
}
