import type { Board } from '../board/board.ts';
import type { Target } from '../board/choose-target.ts';
import type { BoardModel, BoardSession, LoadedModel, Runner, SessionOptions } from '../board/session.ts';

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
    if (this.#open.get(key)?.session.alive === false) await this.drop(target);

    let open = this.#open.get(key);
    let connectMs = 0;
    if (!open) {
      const startedAt = performance.now();
      open = { session: await this.#runnerOf(target.board).open(target.board, target.sdk, options) };
      this.#open.set(key, open);
      connectMs = performance.now() - startedAt;
    }

    if (open.loaded?.sha256 === wanted.sha256) {
      return { session: open.session, model: open.loaded.model, connectMs, loadMs: 0, uploadedBytes: 0 };
    }
    const startedAt = performance.now();
    const previous = open.loaded;
    delete open.loaded;
    await previous?.model[Symbol.asyncDispose]();
    const model = await open.session.load(wanted, options);
    open.loaded = { sha256: wanted.sha256, model };
    return {
      session: open.session,
      model,
      connectMs,
      loadMs: performance.now() - startedAt,
      uploadedBytes: model.uploadedBytes,
    };
  }

  /** Takes what the device runner of an open session has printed. */
  takeLog(target: Target): string {
    return this.#open.get(keyOf(target))?.session.takeLog() ?? '';
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
