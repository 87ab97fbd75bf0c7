import type { Board } from '../../harness/board/board.ts';
import type { BoardSession, Runner, SessionOptions } from '../../harness/board/session.ts';
import type { Cancellable } from '../../harness/cancellable.ts';
import { HilError, type RetryAdvice } from '../../harness/hil-error.ts';
import { connect, type ConnectOptions } from './connect.ts';
import type { SshAddress } from './ssh-address.ts';
import { SshSession } from './ssh-session.ts';

/** How a board runs networks with one SDK. */
export interface SshTarget {
  readonly address: SshAddress;
  /** The device runner and its arguments, as words. */
  readonly command: readonly string[];
  /** Limits of this board, over those of the runner. */
  readonly limits?: SshRunnerOptions | undefined;
}

/** Finds out how a board is reached and what is to be started there. */
export type TargetOf = (board: Board, sdk: string, options: Cancellable) => Promise<SshTarget>;

/** Limits of the steps that open a session; each has a default. */
export interface SshRunnerOptions extends Omit<ConnectOptions, 'signal'> {
  /** How long the device runner may take to open the vendor's library and to answer. */
  readonly helloTimeoutMs?: number;
}

/** The board runs another SDK than the one asked for. */
export class SdkMismatchError extends HilError {
  readonly code = 'HIL_BOARD_SDK';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, found: string, expected: string) {
    super(`board ${board} answers with SDK ${found}, asked for was ${expected}`, {
      hint: 'Correct the SDK versions of this board in the inventory, or install the SDK on it.',
    });
  }
}

/** A stand-in answered where hardware was expected, or the other way round. */
export class SimulationMismatchError extends HilError {
  readonly code = 'HIL_BOARD_SIMULATION';
  readonly owner = 'lab';

  constructor(board: string, simulated: boolean) {
    super(
      `board ${board} is ${simulated ? 'simulated, but the inventory says it is hardware' : 'hardware, but the inventory says it is simulated'}`,
      { hint: 'Correct the board’s entry in the inventory: results of the two are never mixed.' },
    );
  }
}

/** Runs networks on boards that are reached over SSH. */
export class SshRunner implements Runner {
  readonly name = 'ssh';
  readonly #targetOf: TargetOf;
  readonly #limits: SshRunnerOptions;

  constructor(targetOf: TargetOf, limits: SshRunnerOptions = {}) {
    this.#targetOf = targetOf;
    this.#limits = limits;
  }

  async open(board: Board, sdk: string, options: SessionOptions): Promise<BoardSession> {
    options.onProgress?.({ step: 'connect' });
    const { address, command, limits } = await this.#targetOf(board, sdk, options);
    const { signal } = options;
    const stepOptions = { ...this.#limits, ...limits, signal };
    const connection = await connect(address, stepOptions);
    let session: SshSession;
    try {
      const start = { command, workFolder: address.workFolder };
      session = await SshSession.start(board, connection, start, stepOptions);
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
    const mismatch = findMismatch(board, sdk, session);
    if (mismatch === undefined) return session;
    await session[Symbol.asyncDispose]();
    throw mismatch;
  }
}

function findMismatch(board: Board, sdk: string, { identity, stack }: SshSession): HilError | undefined {
  if (identity.simulated !== board.simulated) {
    return new SimulationMismatchError(board.name, identity.simulated);
  }
  return stack.name === sdk
    ? undefined
    : new SdkMismatchError(board.name, stack.name || `"${stack.api.text}"`, sdk);
}
