import { personalities } from '../../../runners/virtual/npu/personality.ts';
import { createSimulatedNpu } from '../../../runners/virtual/npu/simulated-npu.ts';
import { VirtualRunner } from '../../../runners/virtual/virtual-runner.ts';
import type { Board } from '../../board/board.ts';
import type { BoardModel, InferResult } from '../../board/session.ts';
import type { Cancellable } from '../../cancellable.ts';
import type { PreparedInput } from '../../input/prepare-input.ts';
import type { LayerDump } from '../../layers/dump/dumped-layer.ts';
import { dumpOnBoard } from '../../layers/dump-on-board.ts';
import { type ReadyModel, SessionPool } from '../../pipeline/session-pool.ts';
import type { ReferenceEngine } from '../../reference/engine.ts';
import { readRknn } from '../../reference/rknn-file/rknn-file.ts';

/** Stands wherever its answers are shown. */
export const offlineNote =
  'Computed here by the simulated NPU: what the files say, not what a chip does. No board was used.';

const sdk = '1.7.5';

/**
 * The simulated NPU in this process, whatever boards the project has: answers questions about model files. A file for
 * another chip is run as well: to refuse it is a board's business.
 */
export class OfflineBoard implements AsyncDisposable {
  readonly #engine: ReferenceEngine;
  readonly #boards = new Map<string, PlatformBoard>();

  constructor(engine: ReferenceEngine) {
    this.#engine = engine;
  }

  /** Runs a model file once on an input. @throws {HilError} If the file cannot be run. */
  async answer(file: BoardModel, prepared: PreparedInput, options: Cancellable): Promise<InferResult> {
    const { model } = await this.#load(file, options);
    return model.infer({ inputs: prepared.boardInputs(model.inputs), repeats: 1 }, options);
  }

  /** The same with the output of every layer. */
  async dump(file: BoardModel, prepared: PreparedInput, options: Cancellable): Promise<LayerDump> {
    const { session, model } = await this.#load(file, options);
    const { dump } = await dumpOnBoard(session, model, prepared.boardInputs(model.inputs), options);
    return dump;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { sessions, runner } of this.#boards.values()) {
      await sessions[Symbol.asyncDispose]();
      await runner[Symbol.asyncDispose]();
    }
  }

  async #load(file: BoardModel, options: Cancellable): Promise<ReadyModel> {
    const { trailer } = readRknn(file.bytes, file.path);
    const { board, sessions } = this.#boardFor(trailer.target_platform?.[0] ?? personalities[sdk].platform);
    return sessions.ready({ board, sdk }, file, options);
  }

  #boardFor(platform: string): PlatformBoard {
    const known = this.#boards.get(platform);
    if (known) return known;
    const personality = { ...personalities[sdk], platform };
    const npuFor = () => createSimulatedNpu({ engine: this.#engine, personality });
    const runner = new VirtualRunner({ npuFor });
    const made: PlatformBoard = {
      runner,
      sessions: new SessionPool(() => runner),
      board: { name: 'offline', runner: 'virtual', chip: platform, tags: [], sdks: [sdk], simulated: true },
    };
    this.#boards.set(platform, made);
    return made;
  }
}

interface PlatformBoard {
  readonly board: Board;
  readonly runner: VirtualRunner;
  readonly sessions: SessionPool;
}
