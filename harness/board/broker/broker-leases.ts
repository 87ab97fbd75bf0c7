import type { Cancellable } from '../../cancellable.ts';
import { InternalError } from '../../hil-error.ts';
import type { BrokerClient, WorkerDesk } from './board-broker.ts';
import type { BoardLeases, Lease, LeaseCandidate } from './lease.ts';
import { BoardsSetAsideError } from './set-aside-error.ts';

export interface BrokerLeasesOptions {
  /** Reaches the broker, in this process or through a connection; called when it is first needed. */
  readonly connect: (client: BrokerClient) => WorkerDesk;
  /** Closes the idle session to a board, because another worker wants it. */
  readonly closeIdle: (board: string) => Promise<void>;
}

/** Asks a broker for boards, for one worker. Disposing it gives back whatever the worker still holds. */
export class BrokerLeases implements BoardLeases, Disposable {
  readonly #options: BrokerLeasesOptions;
  readonly #waiting = new Map<number, Waiting>();
  #desk: WorkerDesk | undefined;
  #lastId = 0;
  #calledOff = new AbortController();

  constructor(options: BrokerLeasesOptions) {
    this.#options = options;
  }

  lease(candidates: readonly LeaseCandidate[], { signal }: Cancellable): Promise<Lease> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const desk = (this.#desk ??= this.#options.connect(this.#client()));
      const id = ++this.#lastId;
      const settle = (): void => {
        this.#waiting.delete(id);
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        settle();
        desk.cancel(id);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort);
      this.#waiting.set(id, {
        granted: (choice, fence) => {
          settle();
          resolve(leaseOf(candidates[choice]!, fence, desk));
        },
        failed: (error) => {
          settle();
          reject(error);
        },
      });
      desk.request(
        id,
        candidates.map(({ target: { board }, warmth }) => ({
          board: board.name,
          perWorker: board.perWorker ?? false,
          warmth,
        })),
      );
    });
  }

  /** Aborts when the run that goes on now is called off. */
  get calledOff(): AbortSignal {
    return this.#calledOff.signal;
  }

  [Symbol.dispose](): void {
    this.#desk?.gone();
    this.#desk = undefined;
  }

  #client(): BrokerClient {
    return {
      granted: (id, choice, fence) => {
        const waiting = this.#waiting.get(id);
        if (waiting) waiting.granted(choice, fence);
        // It was called off while the answer was under way.
        else this.#desk?.release(fence, { kind: 'unknown' }, true);
      },
      refused: (id, boards) => this.#waiting.get(id)?.failed(new BoardsSetAsideError(boards)),
      recall: (board) => void this.#options.closeIdle(board).finally(() => this.#desk?.closed(board)),
      calledOff: () => {
        this.#calledOff.abort(new Error('the run was called off'));
        // In watch mode another run follows.
        this.#calledOff = new AbortController();
      },
      lost: (cause) => {
        this.#desk = undefined;
        const error = new InternalError('the connection to the run’s main process is lost', cause);
        for (const { failed } of this.#waiting.values()) failed(error);
      },
    };
  }
}

function leaseOf({ target }: LeaseCandidate, fence: number, desk: WorkerDesk): Lease {
  let released = false;
  return {
    target,
    fence,
    release(outcome, warm) {
      if (released) return;
      released = true;
      desk.release(fence, outcome, warm);
    },
  };
}

interface Waiting {
  readonly granted: (choice: number, fence: number) => void;
  readonly failed: (error: Error) => void;
}
