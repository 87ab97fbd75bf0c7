import type {
  BoardModel,
  BoardSession,
  InferRequest,
  InferResult,
  LayerOutput,
  LoadedModel,
  SessionOptions,
} from '../../../harness/board/session.ts';
import type { BoardLock } from './board-lock.ts';

type Condition = NonNullable<BoardSession['condition']>;

/** A session under a board's lock: what the board answers after somebody else has taken it is refused. */
export class FencedSession implements BoardSession {
  readonly #session: BoardSession;
  readonly #lock: BoardLock;
  readonly condition: Condition;

  /** @param condition - Asks what goes on at the board besides. */
  constructor(session: BoardSession, lock: BoardLock, condition: Condition) {
    this.#session = session;
    this.#lock = lock;
    this.condition = condition;
  }

  get identity(): BoardSession['identity'] {
    return this.#session.identity;
  }

  get stack(): BoardSession['stack'] {
    return this.#session.stack;
  }

  get alive(): boolean {
    return this.#lock.failure === undefined && this.#session.alive;
  }

  get leftover(): string | undefined {
    return this.#session.leftover;
  }

  async load(model: BoardModel, options: SessionOptions): Promise<LoadedModel> {
    const loaded = await whileHeld(this.#lock, () => this.#session.load(model, options));
    return new FencedModel(loaded, this.#lock);
  }

  takeLog(): string {
    return this.#session.takeLog();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#session[Symbol.asyncDispose]();
  }
}

class FencedModel implements LoadedModel {
  readonly #model: LoadedModel;
  readonly #lock: BoardLock;

  constructor(model: LoadedModel, lock: BoardLock) {
    this.#model = model;
    this.#lock = lock;
  }

  get inputs(): LoadedModel['inputs'] {
    return this.#model.inputs;
  }

  get outputs(): LoadedModel['outputs'] {
    return this.#model.outputs;
  }

  get uploadedBytes(): number {
    return this.#model.uploadedBytes;
  }

  get loadTimeUs(): number {
    return this.#model.loadTimeUs;
  }

  infer(request: InferRequest, options: SessionOptions): Promise<InferResult> {
    return whileHeld(this.#lock, () => this.#model.infer(request, options));
  }

  async *layers(request: InferRequest, options: SessionOptions): AsyncIterable<LayerOutput> {
    for await (const layer of this.#model.layers(request, options)) {
      if (this.#lock.failure) throw this.#lock.failure;
      yield layer;
    }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#model[Symbol.asyncDispose]();
  }
}

/** Who takes a board over ends what runs there: whatever that looks like to us, the loss of the board is the cause. */
async function whileHeld<T>(lock: BoardLock, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    throw (await lock.verify()) ?? error;
  }
  if (lock.failure) throw lock.failure;
  return result;
}
