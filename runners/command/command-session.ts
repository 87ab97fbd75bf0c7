import type { Board, BoardIdentity } from '../../harness/board/board.ts';
import type { BoardFile } from '../../harness/board/board-command.ts';
import type { SdkStack } from '../../harness/board/sdk-stack.ts';
import type { BoardModel, BoardSession, LoadedModel, SessionOptions } from '../../harness/board/session.ts';
import { InternalError } from '../../harness/hil-error.ts';
import { LogBuffer } from '../protocol/log-buffer.ts';
import { execOrFail } from '../ssh/board-shell.ts';
import { commandLine } from '../ssh/quote.ts';
import type { SshConnection } from '../ssh/ssh-connection.ts';
import { SdkMismatchError, SimulationMismatchError } from '../ssh/ssh-runner.ts';
import type { BoardCache } from '../ssh/upload.ts';
import { CommandModel, linkedModel } from './command-model.ts';
import { requireMachine } from './require-machine.ts';
import type { LinkedFile } from './run-folder.ts';
import { unknownStack } from './vendor-lines.ts';

/** What a session of commands needs of its board. */
export interface CommandStart {
  /** Belongs to the session from now on. */
  readonly connection: SshConnection;
  readonly cache: BoardCache;
  /** Absolute folder on the board that belongs to the harness. */
  readonly workFolder: string;
  readonly bootId: string;
  /** As `uname -sr`. */
  readonly kernel: string;
  /** As `uname -m`. */
  readonly machine: string;
  /** What a person should know of the board; goes into the log. */
  readonly notes: readonly string[];
  /** Variables that every program gets; those of its own spec win. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** What was found around the runtime, for the board's identity. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/**
 * A board on which programs of a team's own run models. Nothing is resident there: what the SDK stack is, only a program
 * can tell, in what it prints.
 */
export class CommandSession implements BoardSession {
  readonly identity: BoardIdentity;
  readonly #board: Board;
  readonly #sdk: string;
  readonly #start: CommandStart;
  readonly #log = new LogBuffer();
  #stack = unknownStack;
  #stuck: string | undefined;
  #disposal: Promise<void> | undefined;

  constructor(board: Board, sdk: string, start: CommandStart) {
    this.#board = board;
    this.#sdk = sdk;
    this.#start = start;
    this.identity = {
      name: board.name,
      chip: board.chip,
      simulated: board.simulated,
      bootId: start.bootId,
      kernel: `${start.kernel} ${start.machine}`.trim(),
      ...(start.environment === undefined ? {} : { environment: start.environment }),
    };
    for (const note of start.notes) this.#log.add(`hil: ${note}\n`);
  }

  /** As the last program told it; unknown until one has run, and where it tells nothing. */
  get stack(): SdkStack {
    return this.#stack;
  }

  get alive(): boolean {
    return this.#start.connection.alive && this.#stuck === undefined;
  }

  get leftover(): string | undefined {
    return this.#stuck;
  }

  async load(model: BoardModel, options: SessionOptions): Promise<LoadedModel> {
    const { command } = model;
    if (command === undefined) throw new InternalError('a session of commands was given a model without one');
    const { connection, cache, workFolder, machine, variables = {} } = this.#start;
    const { signal, onProgress } = options;
    const { program } = command;
    if (!('onBoard' in program)) requireMachine(program.file, machine, this.#board.name);
    let uploadedBytes = 0;
    const place = async (file: BoardFile): Promise<string> => {
      const placed = await cache.place(file, {
        signal,
        onProgress: onProgress && ((bytes) => onProgress({ step: 'upload', bytes })),
      });
      uploadedBytes += placed.uploadedBytes;
      return placed.path;
    };
    const files: LinkedFile[] = [linkedModel(await place(model))];
    for (const { as, file } of command.files) files.push({ from: await place(file), as });
    if (!('onBoard' in program)) {
      const path = await place(program.file);
      await execOrFail(
        connection,
        commandLine(['chmod', '755', path]),
        { folder: workFolder, bytes: 0 },
        { signal },
      );
      files.push({ from: path, as: program.name });
    }
    return new CommandModel(
      model,
      command,
      { files, uploadedBytes },
      {
        connection,
        workFolder,
        board: this.#board.name,
        sdk: this.#sdk,
        variables,
        log: this.#log,
        onStack: (stack, text) => this.#learnStack(stack, text),
        onStuck: (words) => (this.#stuck ??= words),
      },
    );
  }

  takeLog(): string {
    return this.#log.take();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#start.connection[Symbol.asyncDispose]();
    return this.#disposal;
  }

  #learnStack(stack: SdkStack, text: string): void {
    this.#stack = stack;
    // A stand-in says so; what it computes must not be filed as hardware's.
    if (!this.#board.simulated && /^virtual board:|\bsimulated NPU\b/im.test(text)) {
      throw new SimulationMismatchError(this.#board.name, true);
    }
    if (stack.name !== unknownStack.name && stack.name !== this.#sdk) {
      throw new SdkMismatchError(this.#board.name, stack.name, this.#sdk);
    }
  }
}
