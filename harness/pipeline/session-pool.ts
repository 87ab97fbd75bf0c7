import type { Board } from '../board/board.ts';
import type { Target } from '../board/choose-target.ts';
import type { BoardModel, BoardSession, LoadedModel, Runner, SessionOptions } from '../board/session.ts';

/** A model ready to run, and the session it lives in. */
export interface ReadyModel {
  readonly session: BoardSession;
  readonly model: LoadedModel;
}

/**
 * Keeps board sessions open from case to case, with the model of the last case loaded, so that a warm case costs one
 * request. Used by one case at a time.
 */
export class SessionPool implements AsyncDisposable {
  readonly #runnerOf: (board: Board) => Runner;
  readonly #open = new Map<string, OpenSession>();

  constructor(runnerOf: (board: Board) => Runner) {
    this.#runnerOf = runnerOf;
  }

  /** Opens or reuses a session to the target, and loads or reuses the model there. */
  async ready(target: Target, wanted: BoardModel, options: SessionOptions): Promise<ReadyModel> {
    const key = keyOf(target);
    let open = this.#open.get(key);
    if (open && !open.session.alive) {
      await this.drop(target);
      open = undefined;
    }
    if (!open) {
      open = { session: await this.#runnerOf(target.board).open(target.board, target.sdk, options) };
      this.#open.set(key, open);
    }
    if (open.loaded?.sha256 !== wanted.sha256) {
      const previous = open.loaded;
      delete open.loaded;
      await previous?.model[Symbol.asyncDispose]();
      open.loaded = { sha256: wanted.sha256, model: await open.session.load(wanted, options) };
    }
    return { session: open.session, model: open.loaded.model };
  }

  /** Closes the session to a target, so that the next case starts afresh there. */
  async drop(target: Target): Promise<void> {
    const open = this.#open.get(keyOf(target));
    this.#open.delete(keyOf(target));
    await open?.session[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sessions = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(sessions.map(({ session }) => session[Symbol.asyncDispose]()));
  }
}

interface OpenSession {
  readonly session: BoardSession;
  loaded?: { readonly sha256: string; readonly model: LoadedModel };
}

const keyOf = ({ board, sdk }: Target) => `${board.name} ${sdk}`;
