import type { Board, BoardIdentity } from '../../harness/board/board.ts';
import { parseComponentVersion, type SdkStack } from '../../harness/board/sdk-stack.ts';
import type { BoardModel, BoardSession, LoadedModel, SessionOptions } from '../../harness/board/session.ts';
import { LogBuffer } from '../protocol/log-buffer.ts';
import { RemoteModel } from '../protocol/remote-model.ts';
import { RunnerRefusalError } from '../protocol/runner-refusal.ts';
import { SessionClient, type SessionClientOptions } from '../protocol/session-client.ts';
import { DeviceRunnerProcess } from './device-runner-process.ts';
import type { SshConnection } from './ssh-connection.ts';
import { BoardCache } from './upload.ts';

const byeTimeoutMs = 1000;
const killTimeoutMs = 3000;

/** A board with a resident device runner, over one SSH connection that it owns. */
export class SshSession implements BoardSession {
  readonly identity: BoardIdentity;
  readonly stack: SdkStack;
  readonly #connection: SshConnection;
  readonly #process: DeviceRunnerProcess;
  readonly #client: SessionClient;
  readonly #log: LogBuffer;
  readonly #cache: BoardCache;
  #disposal: Promise<void> | undefined;

  private constructor(
    board: Board,
    connection: SshConnection,
    workFolder: string,
    process: DeviceRunnerProcess,
    client: SessionClient,
    log: LogBuffer,
  ) {
    const { board: found, simulated, api, driver } = client.hello;
    const apiVersion = parseComponentVersion(api);
    this.identity = {
      name: board.name,
      chip: found.chip === '' ? board.chip : found.chip,
      simulated,
      bootId: found.bootId,
      kernel: found.kernel,
    };
    this.stack = { name: apiVersion.version, api: apiVersion, driver: parseComponentVersion(driver) };
    this.#connection = connection;
    this.#process = process;
    this.#client = client;
    this.#log = log;
    this.#cache = new BoardCache(connection, { workFolder, bootId: found.bootId });
  }

  /**
   * Starts the device runner and greets it. The connection belongs to the session if this succeeds.
   *
   * @param start - The device runner and its arguments, as words, and the board's folder that is ours.
   */
  static async start(
    board: Board,
    connection: SshConnection,
    { command, workFolder }: { readonly command: readonly string[]; readonly workFolder: string },
    options: Pick<SessionClientOptions, 'signal' | 'helloTimeoutMs'>,
  ): Promise<SshSession> {
    const log = new LogBuffer();
    const process = await DeviceRunnerProcess.start(connection, command, log);
    try {
      const client = await SessionClient.open(process, { ...options, log });
      return new SshSession(board, connection, workFolder, process, client, log);
    } catch (error) {
      await process.kill(undefined, AbortSignal.timeout(killTimeoutMs)).catch(() => false);
      throw error;
    }
  }

  get alive(): boolean {
    return this.#connection.alive && this.#client.alive;
  }

  async load(model: BoardModel, options: SessionOptions): Promise<LoadedModel> {
    try {
      return await this.#placeAndLoad(model, options);
    } catch (error) {
      if (!(error instanceof RunnerRefusalError && error.reason === 'hash')) throw error;
      // The copy on the board has changed since it was checked: it goes, and the file comes once more.
      await this.#cache.evict(model.sha256, options);
      return this.#placeAndLoad(model, options);
    }
  }

  takeLog(): string {
    return this.#log.take();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#end();
    return this.#disposal;
  }

  async #placeAndLoad(model: BoardModel, options: SessionOptions): Promise<LoadedModel> {
    const { signal, onProgress } = options;
    const placed = await this.#cache.place(model, {
      signal,
      onProgress: onProgress && ((bytes) => onProgress({ step: 'upload', bytes })),
    });
    return RemoteModel.load(this.#client, { ...placed, sha256: model.sha256 }, options);
  }

  /** A runner that is busy with an abandoned request does not read a `bye`: it is killed at once. */
  async #end(): Promise<void> {
    const ended = this.alive && (await this.#client.bye(byeTimeoutMs));
    if (!ended) {
      await this.#process.kill(this.#client.hello, AbortSignal.timeout(killTimeoutMs)).catch(() => false);
    }
    await this.#connection[Symbol.asyncDispose]();
  }
}
