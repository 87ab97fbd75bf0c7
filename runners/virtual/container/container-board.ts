import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { StartedTestContainer } from 'testcontainers';
import type { Cancellable } from '../../../harness/cancellable.ts';
import { fingerprintOf } from '../../ssh/host-key.ts';
import type { SshAddress } from '../../ssh/ssh-address.ts';
import { freshKey } from '../embedded/fresh-key.ts';
import { type Mount, startBoardContainer } from './board-container.ts';
import { type BoardImage, ensureBoardImage } from './board-image.ts';
import { unlessAborted } from './unless-aborted.ts';
import { ContainerBoardError } from './container-error.ts';
import { type Engine, findEngine } from './engine.ts';
import { removeLeftovers } from './leftover-containers.ts';
import { removeAtExit } from './remove-at-exit.ts';
import { sshBanner } from './ssh-banner.ts';

export interface ContainerBoardOptions extends Cancellable {
  /** How people call it, for messages. */
  readonly name: string;
  readonly image: BoardImage;
  /** Files and folders of this machine that the board sees. */
  readonly mounts?: readonly Mount[];
  /** Programs that this board lacks, e.g. `sha256sum`. */
  readonly without?: readonly string[];
  /** Size of a disk of its own under the work folder; by default it shares this machine's. */
  readonly diskBytes?: number;
  /** Nothing but memory and the disk, if `diskBytes` gives it one, can be written. Excludes `without`. */
  readonly readOnlyRoot?: boolean;
}

/** What a command that the engine ran in the container has printed; its two streams are mixed. */
export interface ContainerExecResult {
  readonly code: number;
  readonly output: string;
}

const diskFolder = '/userdata';
const workFolder = `${diskFolder}/hil`;
const sshPort = 22;
const startTimeoutMs = 60_000;
const logMs = 500;

/**
 * A virtual board in a container: a real SSH server and a real system, for the host's architecture or, under emulation,
 * for aarch64. Its keys are fresh, and its port is reachable from this machine only.
 */
export class ContainerBoard implements AsyncDisposable {
  readonly image: BoardImage;
  readonly #name: string;
  readonly #hostKey: string;
  readonly #privateKey: string;
  readonly #container: StartedTestContainer;
  readonly #forget: () => void;
  #disposal: Promise<void> | undefined;

  private constructor(
    { name, image }: ContainerBoardOptions,
    keys: { readonly hostKey: string; readonly privateKey: string },
    container: StartedTestContainer,
    forget: () => void,
  ) {
    this.image = image;
    this.#forget = forget;
    this.#name = name;
    this.#hostKey = keys.hostKey;
    this.#privateKey = keys.privateKey;
    this.#container = container;
  }

  /**
   * Starts a board, and first removes those that killed processes have left behind.
   *
   * @throws {HilError} Owner `lab`: no container engine, no image, or no SSH server that answers.
   */
  static async start(options: ContainerBoardOptions): Promise<ContainerBoard> {
    const { name, image, signal } = options;
    signal?.throwIfAborted();
    const engine = await findEngine();
    await removeLeftovers(engine.client);
    const imageName = await unlessAborted(ensureBoardImage(image), signal);
    const [host, user] = [freshKey(), freshKey()];
    const authorizedKey = `ssh-ed25519 ${user.key.getPublicSSH().toString('base64')}\n`;
    const forget = removeAtExit();
    const container = await startContainer(engine, options, {
      imageName,
      hostKey: host.text,
      authorizedKey,
    }).catch((error: unknown) => {
      forget();
      throw error;
    });
    const keys = { hostKey: fingerprintOf(host.key.getPublicSSH()), privateKey: user.text };
    const board = new ContainerBoard(options, keys, container, forget);
    try {
      await board.#waitForServer(signal);
      return board;
    } catch (error) {
      const log = await board.log();
      await board[Symbol.asyncDispose]();
      signal?.throwIfAborted();
      const said = log.trim() || 'its SSH server does not greet';
      throw new ContainerBoardError(name, image, said, error);
    }
  }

  /** How the board is reached: its real host key, and the one key that opens it. */
  get address(): SshAddress {
    return {
      name: this.#name,
      host: '127.0.0.1',
      port: this.#container.getMappedPort(sshPort),
      user: 'root',
      hostKeys: [this.#hostKey],
      credentials: [{ kind: 'key', privateKey: this.#privateKey }],
      workFolder,
    };
  }

  /** Runs a command through the engine, not over SSH: for what a test wants to see or break from outside. */
  async exec(words: readonly string[]): Promise<ContainerExecResult> {
    const { exitCode: code, output } = await this.#container.exec([...words]);
    return { code, output };
  }

  /** As a power cut: every process is killed, then the board boots; its disk stays. The port may be another one. */
  async restart({ signal }: Cancellable = {}): Promise<void> {
    await this.#container.restart({ timeout: 0 });
    await this.#waitForServer(signal);
  }

  /** What the board has printed on its console. */
  async log(): Promise<string> {
    const stream = await this.#container.logs();
    const chunks: string[] = [];
    stream.on('data', (chunk) => chunks.push(String(chunk)));
    // The engine goes on with what will be printed; what there is comes at once.
    await Promise.race([once(stream, 'end'), setTimeout(logMs)]);
    stream.destroy();
    return chunks.join('');
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#remove();
    return this.#disposal;
  }

  async #waitForServer(signal: AbortSignal | undefined): Promise<void> {
    const { host, port } = this.address;
    const timeout = AbortSignal.timeout(startTimeoutMs);
    await sshBanner(host, port, signal ? AbortSignal.any([signal, timeout]) : timeout);
  }

  async #remove(): Promise<void> {
    try {
      await this.#container.stop();
      this.#forget();
    } catch {
      // One that somebody else has removed is gone as well; another is tried once more when the process exits.
    }
  }
}

/** Keys go in through the environment: files cannot be put into a container whose root is read-only. */
async function startContainer(
  engine: Engine,
  options: ContainerBoardOptions,
  parts: { readonly imageName: string; readonly hostKey: string; readonly authorizedKey: string },
): Promise<StartedTestContainer> {
  const { name, image, mounts = [], without = [], diskBytes, readOnlyRoot = false } = options;
  try {
    return await startBoardContainer(engine, {
      board: name,
      image: parts.imageName,
      port: sshPort,
      environment: {
        HIL_BOARD_HOST_KEY: parts.hostKey,
        HIL_BOARD_AUTHORIZED_KEY: parts.authorizedKey,
        HIL_BOARD_WITHOUT: without.join(' '),
      },
      mounts,
      tmpFs: {
        ...(readOnlyRoot ? writableFolders : {}),
        ...(diskBytes === undefined ? {} : { [diskFolder]: `size=${diskBytes},exec` }),
      },
      readOnlyRoot,
    });
  } catch (error) {
    throw new ContainerBoardError(name, image, error instanceof Error ? error.message : String(error), error);
  }
}

/** What a system with a read-only root keeps in memory. */
const writableFolders: Readonly<Record<string, string>> = Object.fromEntries(
  ['/tmp', '/run', '/root/.ssh', '/etc/hil', '/etc/dropbear'].map((folder) => [folder, 'mode=755']),
);
