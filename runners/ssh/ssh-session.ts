import type { Board, BoardIdentity } from '../../harness/board/board.ts';
import { parseComponentVersion, type SdkStack } from '../../harness/board/sdk-stack.ts';
import type { BoardModel, BoardSession, LoadedModel, SessionOptions } from '../../harness/board/session.ts';
import { checkModel, IncompatibleStackError } from '../../harness/board/compatibility.ts';
import { readRknn } from '../../harness/reference/rknn-file/rknn-file.ts';
import { LogBuffer } from '../protocol/log-buffer.ts';
import { RemoteModel } from '../protocol/remote-model.ts';
import { RunnerRefusalError } from '../protocol/runner-refusal.ts';
import { SessionClient, type SessionClientOptions } from '../protocol/session-client.ts';
import type { DeviceCommand } from './deploy/deploy.ts';
import { DeviceRunnerProcess } from './device-runner-process.ts';
import type { SshConnection } from './ssh-connection.ts';
import type { BoardCache } from './upload.ts';

const byeTimeoutMs = 1000;
const killTimeoutMs = 3000;

/** What a session needs of its board. */
export interface SessionStart {
  /** The session's own, or its share in one. */
  readonly connection: SshConnection;
  readonly command: DeviceCommand;
  /** Gives the connection back; `suspect` if nobody should use it any more. */
  readonly release: (suspect: boolean) => Promise<void>;
  readonly cacheFor: (bootId: string) => BoardCache;
  /** What was found around the runtime, for the board's identity. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Go into the session's log first. */
  readonly notes: readonly string[];
}

/** A board with a resident device runner, over one SSH connection. */
export class SshSession implements BoardSession {
  readonly identity: BoardIdentity;
  readonly stack: SdkStack;
  readonly #connection: SshConnection;
  readonly #release: SessionStart['release'];
  readonly #process: DeviceRunnerProcess;
  readonly #client: SessionClient;
  readonly #log: LogBuffer;
  readonly #cache: BoardCache;
  #disposal: Promise<void> | undefined;
  #leftover: string | undefined;

  private constructor(
    board: Board,
    { connection, release, cacheFor, environment }: SessionStart,
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
      ...(environment === undefined ? {} : { environment }),
    };
    this.stack = { name: apiVersion.version, api: apiVersion, driver: parseComponentVersion(driver) };
    this.#connection = connection;
    this.#release = release;
    this.#process = process;
    this.#client = client;
    this.#log = log;
    this.#cache = cacheFor(found.bootId);
  }

  /** Starts the device runner and greets it. The share in the connection belongs to the session if this succeeds. */
  static async start(
    board: Board,
    start: SessionStart,
    options: Pick<SessionClientOptions, 'signal' | 'helloTimeoutMs'>,
  ): Promise<SshSession> {
    const log = new LogBuffer();
    const process = await DeviceRunnerProcess.start(start.connection, start.command, log);
    try {
      const client = await SessionClient.open(process, { ...options, log });
      for (const note of start.notes) log.add(`hil: ${note}\n`);
      return new SshSession(board, start, process, client, log);
    } catch (error) {
      await process.kill(undefined, AbortSignal.timeout(killTimeoutMs)).catch(() => false);
      throw error;
    }
  }

  get alive(): boolean {
    return this.#connection.alive && this.#client.alive;
  }

  async load(model: BoardModel, options: SessionOptions): Promise<LoadedModel> {
    this.#requireFitting(model);
    try {
      return await this.#placeAndLoad(model, options);
    } catch (error) {
      if (!(error instanceof RunnerRefusalError && error.reason === 'hash')) throw error;
      // The copy on the board has changed since it was checked: it goes, and the file comes once more.
      await this.#cache.evict(model.sha256, options);
      return this.#placeAndLoad(model, options);
    }
  }

  get leftover(): string | undefined {
    return this.#leftover;
  }

  takeLog(): string {
    return this.#log.take();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#end();
    return this.#disposal;
  }

  /** A simulated NPU takes models of its own, and says itself which it refuses. */
  #requireFitting({ path, bytes }: BoardModel): void {
    if (this.identity.simulated) return;
    const { trailer } = readRknn(bytes, path);
    const origin = {
      toolkit: trailer.version,
      precompiled: trailer.pre_compile === 1,
      targetPlatforms: trailer.target_platform ?? [],
    };
    const found = checkModel(origin, { runtime: this.stack.name, chip: this.identity.chip });
    if (found) throw new IncompatibleStackError(this.identity.name, found);
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
      const { hello } = this.#client;
      const dead = await this.#process.kill(hello, AbortSignal.timeout(killTimeoutMs)).catch(() => false);
      if (!dead && this.#connection.alive) {
        this.#leftover = `the device runner (pid ${hello.pid}) does not die of SIGKILL`;
      }
    }
    await this.#release(!ended);
  }
}
