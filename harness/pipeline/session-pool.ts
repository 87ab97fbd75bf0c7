import type { Board } from '../board/board.ts';
import type { Target } from '../board/choose-target.ts';
import type { BoardModel, BoardSession, LoadedModel, Runner, SessionOptions } from '../board/session.ts';

/** What runs models on a board: the resident program, or one of the team's own. A session is for one of them. */
export type RunBy = 'device-runner' | 'command';
export type RunnerOf = (board: Board, by: RunBy) => Runner;

/** A model ready to run, and the session it lives in. */
export interface ReadyModel {
  readonly session: BoardSession;
  readonly model: LoadedModel;
  /** Milliseconds that connecting and loading took just now; 0 for what was reused. */
  readonly connectMs: number;
  readonly loadMs: number;
  /** Bytes of the model that went over the link just now. */
  readonly uploadedBytes: number;
}

/**
 * Keeps a session to each board open from case to case, with the model of the last case loaded, so that a warm case costs
 * one request. A board has one session at a time, and only who holds the board's lease may use it.
 */
export class SessionPool implements AsyncDisposable {
  readonly #runnerOf: RunnerOf;
  readonly #open = new Map<string, OpenSession>();
  readonly #leftovers = new Map<string, string>();
  /** What ran models on a board last. */
  readonly #lastBy = new Map<string, RunBy>();

  constructor(runnerOf: RunnerOf) {
    this.#runnerOf = runnerOf;
  }

  /** Opens or reuses a session to the target, and loads or reuses the model there. */
  async ready(target: Target, wanted: BoardModel, options: SessionOptions): Promise<ReadyModel> {
    const { open, connectMs } = await this.#connected(target, options, wanted.command && 'command');
    if (open.loaded && isSame(open.loaded.wanted, wanted)) {
      return { session: open.session, model: open.loaded.model, connectMs, loadMs: 0, uploadedBytes: 0 };
    }
    const startedAt = performance.now();
    const previous = open.loaded;
    delete open.loaded;
    await previous?.model[Symbol.asyncDispose]();
    const model = await open.session.load(wanted, options);
    open.loaded = { wanted, model };
    return {
      session: open.session,
      model,
      connectMs,
      loadMs: performance.now() - startedAt,
      uploadedBytes: model.uploadedBytes,
    };
  }

  /** Opens a session to the target, if none is; of the kind that was there last where it is not said. */
  async connect(target: Target, options: SessionOptions, by?: RunBy): Promise<BoardSession> {
    return (await this.#connected(target, options, by ?? this.#lastBy.get(target.board.name))).open.session;
  }

  /** The session to a board that is open, alive or not. */
  sessionTo({ name }: Board): BoardSession | undefined {
    return this.#open.get(name)?.session;
  }

  /** Closes the session to a board, so that the next case starts afresh there. */
  async drop(board: string): Promise<void> {
    const session = this.#open.get(board)?.session;
    this.#open.delete(board);
    await session?.[Symbol.asyncDispose]();
    if (session?.leftover !== undefined) this.#leftovers.set(board, session.leftover);
  }

  /** Takes what the last session to a board could not end there, e.g. a process that does not die. */
  takeLeftover(board: string): string | undefined {
    const leftover = this.#leftovers.get(board);
    this.#leftovers.delete(board);
    return leftover;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.keys()].map((board) => this.drop(board)));
  }

  async #connected(
    target: Target,
    options: SessionOptions,
    by: RunBy = 'device-runner',
  ): Promise<{ open: OpenSession; connectMs: number }> {
    const { board, sdk } = target;
    const known = this.#open.get(board.name);
    if (known?.session.alive === true && known.sdk === sdk && known.by === by)
      return { open: known, connectMs: 0 };
    await this.drop(board.name);
    this.#lastBy.set(board.name, by);
    const startedAt = performance.now();
    const session = await this.#runnerOf(board, by).open(board, sdk, options);
    const open: OpenSession = { session, sdk, by };
    this.#open.set(board.name, open);
    return { open, connectMs: performance.now() - startedAt };
  }
}

interface OpenSession {
  readonly session: BoardSession;
  readonly sdk: string;
  readonly by: RunBy;
  loaded?: { readonly wanted: BoardModel; readonly model: LoadedModel };
}

const isSame = (a: BoardModel, b: BoardModel): boolean =>
  a.sha256 === b.sha256 && a.command?.sha256 === b.command?.sha256;
