import type { Board } from '../../harness/board/board.ts';
import { checkKernelDriver, IncompatibleStackError } from '../../harness/board/compatibility.ts';
import type { BoardSession, Runner, SessionOptions } from '../../harness/board/session.ts';
import type { Cancellable } from '../../harness/cancellable.ts';
import { HilError, type RetryAdvice } from '../../harness/hil-error.ts';
import { conditionOf } from './board-care/board-condition.ts';
import { type BoardFacts, probeBoard } from './board-probe.ts';
import type { ConnectOptions } from './connect.ts';
import type { DeviceCommand } from './deploy/deploy.ts';
import type { ProgramLibraries } from './deploy/libraries-for-programs.ts';
import { BoardLock } from './lock/board-lock.ts';
import { FencedSession } from './lock/fenced-session.ts';
import { SharedConnections } from './shared-connections.ts';
import type { SshAddress } from './ssh-address.ts';
import type { SshConnection } from './ssh-connection.ts';
import { SshSession } from './ssh-session.ts';
import { BoardCache, type UploadOptions } from './upload.ts';

/** A board that has been reached and asked about itself. */
export interface ReachedBoard {
  readonly connection: SshConnection;
  readonly facts: BoardFacts;
  readonly cache: BoardCache;
  readonly lock: BoardLock | undefined;
}

/** How a board runs networks with one SDK. */
export interface SshTarget {
  readonly address: SshAddress;
  /**
   * Starts the device runner: words where that is known, else how to put it on the board first. A board of which that is
   * known is not asked about itself.
   */
  readonly command:
    readonly string[] | ((board: ReachedBoard, options: UploadOptions) => Promise<DeviceCommand>);
  /** Puts the SDK's libraries where a team's own program finds them; it takes what is installed where this is absent. */
  readonly librariesForPrograms?:
    ((board: ReachedBoard, options: UploadOptions) => Promise<ProgramLibraries>) | undefined;
  /** Limits of this board, over those of the runner. */
  readonly limits?: SshRunnerOptions | undefined;
  /** Bytes to leave free on the board's disk, and the largest size of our cache there. */
  readonly room?: { readonly minFreeBytes?: number; readonly maxCacheBytes?: number } | undefined;
  /** What a person should know about the way to the board; it goes into the log of every session. */
  readonly notes?: readonly string[] | undefined;
  /** Others use the board too: it is locked on the board itself while there is a connection to it. */
  readonly shared?: boolean | undefined;
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
  readonly #connections = new SharedConnections<ReachedBoard | undefined>();

  constructor(targetOf: TargetOf, limits: SshRunnerOptions = {}) {
    this.#targetOf = targetOf;
    this.#limits = limits;
  }

  async open(board: Board, sdk: string, options: SessionOptions): Promise<BoardSession> {
    options.onProgress?.({ step: 'connect' });
    const target = await this.#targetOf(board, sdk, options);
    const { signal, onProgress } = options;
    const stepOptions = { ...this.#limits, ...target.limits, signal };
    const share = await this.#connections.acquire(target.address, stepOptions, (connection) =>
      reach(connection, target, options),
    );
    const { connection, begun: reached } = share;
    let session: SshSession;
    try {
      const command: DeviceCommand =
        typeof target.command === 'function'
          ? await target.command(reached!, {
              signal,
              onProgress: onProgress && ((bytes) => onProgress({ step: 'upload', bytes })),
            })
          : { words: target.command, environment: {} };
      session = await SshSession.start(
        board,
        {
          connection,
          command,
          release: (suspect) => share.release(suspect),
          cacheFor: (bootId) =>
            reached?.cache ?? new BoardCache(connection, { workFolder: target.address.workFolder, bootId }),
          environment: reached && environmentOf(reached.facts, command),
          notes: [...(target.notes ?? []), ...(reached?.facts.notes ?? [])],
        },
        stepOptions,
      );
    } catch (error) {
      await share.release(true);
      throw error;
    }
    const mismatch = findMismatch(board, sdk, session, reached?.facts);
    if (mismatch === undefined) return reached ? fenced(session, reached) : session;
    await session[Symbol.asyncDispose]();
    throw mismatch;
  }
}

function fenced(session: SshSession, { connection, facts, lock }: ReachedBoard): BoardSession {
  if (lock === undefined) return session;
  return new FencedSession(session, lock, (options) => conditionOf(connection, facts.workFolder, options));
}

/** What is around the runtime, for a board's identity. */
export const environmentOf = (
  { kernelDriver, libraries: installed }: BoardFacts,
  { libraries = installed }: Pick<DeviceCommand, 'libraries'>,
): Record<string, string> => ({
  ...(kernelDriver === undefined ? {} : { galcore: kernelDriver }),
  ...libraries,
});

async function reach(
  connection: SshConnection,
  { address, command, room, shared }: SshTarget,
  options: Cancellable,
): Promise<ReachedBoard | undefined> {
  if (typeof command !== 'function') return undefined;
  const facts = await probeBoard(connection, address.workFolder, options);
  const lock = shared ? await BoardLock.acquire(connection, { ...facts, ...options }) : undefined;
  return { connection, facts, cache: new BoardCache(connection, { ...facts, ...room }), lock };
}

function findMismatch(
  board: Board,
  sdk: string,
  { identity, stack }: SshSession,
  facts: BoardFacts | undefined,
): HilError | undefined {
  if (identity.simulated !== board.simulated) {
    return new SimulationMismatchError(board.name, identity.simulated);
  }
  if (stack.name !== sdk) return new SdkMismatchError(board.name, stack.name || `"${stack.api.text}"`, sdk);
  const incompatible = identity.simulated
    ? undefined
    : checkKernelDriver(stack.driver.version, facts?.kernelDriver);
  return incompatible && new IncompatibleStackError(board.name, incompatible);
}
