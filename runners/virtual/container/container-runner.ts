import type { Board } from '../../../harness/board/board.ts';
import type { BoardSession, Runner, SessionOptions } from '../../../harness/board/session.ts';
import type { Cancellable } from '../../../harness/cancellable.ts';
import { SshRunner, type SshRunnerOptions } from '../../ssh/ssh-runner.ts';
import type { Npu } from '../npu.ts';
import type { BoardImage } from './board-image.ts';
import { SimulatedBoard } from './simulated-board.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface ContainerRunnerOptions {
  /** The simulated NPU with the personality of an SDK version. */
  readonly npuFor: (sdk: string) => Npu | undefined;
  /** What a board's container is made of. */
  readonly imageOf: (board: Board) => BoardImage;
  readonly limits?: SshRunnerOptions;
}

/**
 * Runs networks on virtual boards in containers. A board starts when it is first used, one for each name, and stays until
 * the runner is disposed: processes that use a board of the same name have one each. Everything it answers is labelled
 * as simulated.
 */
export class ContainerRunner implements Runner, AsyncDisposable {
  readonly name = 'container';
  readonly #options: ContainerRunnerOptions;
  readonly #boards = new Map<string, Promise<SimulatedBoard>>();
  readonly #ssh: SshRunner;

  constructor(options: ContainerRunnerOptions) {
    this.#options = options;
    this.#ssh = new SshRunner(
      async (board, sdk, cancellable) => (await this.boardOf(board, cancellable)).target(sdk),
      options.limits,
    );
  }

  open(board: Board, sdk: string, options: SessionOptions): Promise<BoardSession> {
    return this.#ssh.open(board, sdk, options);
  }

  /** The board with this name; starts it if need be. */
  async boardOf(board: Board, { signal }: Cancellable = {}): Promise<SimulatedBoard> {
    const { name, sdks } = board;
    let started = this.#boards.get(name);
    if (started === undefined) {
      const { npuFor, imageOf } = this.#options;
      started = SimulatedBoard.start({ name, image: imageOf(board), sdks, npuFor });
      this.#boards.set(name, started);
      // One that did not start is tried again when it is next asked for.
      started.catch(() => this.#boards.delete(name));
    }
    return unlessAborted(started, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const boards = [...this.#boards.values()];
    this.#boards.clear();
    await Promise.all(
      boards.map(async (starting) => {
        const board = await starting.catch(() => undefined);
        await board?.[Symbol.asyncDispose]();
      }),
    );
  }
}
