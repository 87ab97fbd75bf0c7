import type { Board } from '../../harness/board/board.ts';
import type { BoardSession, Runner, SessionOptions } from '../../harness/board/session.ts';
import type { InjectedFault } from '../../harness/reference/npu-format/round-layers.ts';
import { SshRunner, type SshRunnerOptions } from '../ssh/ssh-runner.ts';
import { EmbeddedBoard } from './embedded/embedded-board.ts';
import type { Npu } from './npu.ts';
import { deviationOf, type VirtualFaults } from './virtual-faults.ts';

export interface VirtualRunnerOptions {
  /** The simulated NPU with the personality of an SDK version, and with a deviation if one is wanted. */
  readonly npuFor: (sdk: string, deviation?: InjectedFault) => Npu;
  /** What goes wrong on a board, by its name; nothing by default. */
  readonly faultsOf?: (board: string) => VirtualFaults;
  readonly limits?: SshRunnerOptions;
}

/**
 * Runs networks on virtual boards inside this process, over the real SSH runner and protocol. A board starts when it is
 * first used, one for each name and SDK, and stays until the runner is disposed. Everything it answers is labelled as
 * simulated.
 */
export class VirtualRunner implements Runner, AsyncDisposable {
  readonly name = 'virtual';
  readonly #options: VirtualRunnerOptions;
  readonly #boards = new Map<string, Promise<EmbeddedBoard>>();
  readonly #ssh: SshRunner;

  constructor(options: VirtualRunnerOptions) {
    this.#options = options;
    this.#ssh = new SshRunner((board, sdk) => this.boardOf(board, sdk), options.limits);
  }

  open(board: Board, sdk: string, options: SessionOptions): Promise<BoardSession> {
    return this.#ssh.open(board, sdk, options);
  }

  /** The stand-in for a board with one SDK; starts it if need be. */
  boardOf({ name }: Board, sdk: string): Promise<EmbeddedBoard> {
    const key = JSON.stringify([name, sdk]);
    let board = this.#boards.get(key);
    if (board === undefined) {
      const { npuFor, faultsOf } = this.#options;
      const faults = faultsOf?.(name) ?? {};
      board = EmbeddedBoard.start({ name, npu: npuFor(sdk, deviationOf(faults, sdk)), faults });
      this.#boards.set(key, board);
    }
    return board;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const boards = [...this.#boards.values()];
    this.#boards.clear();
    for (const board of await Promise.allSettled(boards)) {
      if (board.status === 'fulfilled') await board.value[Symbol.asyncDispose]();
    }
  }
}
