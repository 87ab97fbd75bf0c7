import type { ClientChannel } from 'ssh2';
import type { HilError } from '../../harness/hil-error.ts';
import type { LogBuffer } from '../protocol/log-buffer.ts';
import { type FrameCutError, RunnerGoneError } from '../protocol/protocol-error.ts';
import type { RunnerLink } from '../protocol/message-stream.ts';
import type { DeviceCommand } from './deploy/deploy.ts';
import { outOfMemoryLine } from './out-of-memory.ts';
import { commandLine, quote } from './quote.ts';
import { type ProcessEnd, RemoteProcess } from './remote-process.ts';
import type { SshConnection } from './ssh-connection.ts';

/** A device runner that runs on the board over an exec channel of its own. */
export class DeviceRunnerProcess implements RunnerLink {
  readonly #connection: SshConnection;
  readonly #command: readonly string[];
  readonly #log: LogBuffer;
  readonly #process: RemoteProcess;

  private constructor(
    connection: SshConnection,
    command: readonly string[],
    process: RemoteProcess,
    log: LogBuffer,
  ) {
    this.#connection = connection;
    this.#command = command;
    this.#process = process;
    this.#log = log;
  }

  /** Starts the program: the shell that tells its pid becomes the program. */
  static async start(
    connection: SshConnection,
    { words, environment }: DeviceCommand,
    log: LogBuffer,
  ): Promise<DeviceRunnerProcess> {
    const exports = Object.entries(environment).map(
      ([name, value]) => `${name}=${quote(value)}; export ${name}; `,
    );
    const process = await RemoteProcess.start(
      connection,
      `${exports.join('')}exec ${commandLine(words)}`,
      log,
    );
    return new DeviceRunnerProcess(connection, words, process, log);
  }

  get stream(): ClientChannel {
    return this.#process.stream;
  }

  async explainEnd(cut: FrameCutError | undefined): Promise<HilError> {
    const end = await this.#process.ended;
    const [program = ''] = this.#command;
    if (end.code === undefined && end.signal === undefined) {
      return this.#connection.lost('it ended while the device runner worked', cut);
    }
    const said = this.#log.since(0).trim().slice(-500);
    const words = said === '' ? '' : `; it printed: ${said}`;
    if (end.code === 127) {
      return new RunnerGoneError(`the board does not find ${program} or a library it needs${words}`, {
        hint: 'Install the device runner and the driver package on the board, or correct its path in the inventory.',
      });
    }
    if (end.code === 126) {
      return new RunnerGoneError(`the board cannot execute ${program}${words}`, {
        hint: 'Check that it is built for this board (uname -m) and that its folder is not mounted with noexec.',
      });
    }
    const outOfMemory = isKill(end) ? await this.#outOfMemoryLine() : undefined;
    if (outOfMemory !== undefined) {
      return new RunnerGoneError(`the kernel killed it because memory ran out: ${outOfMemory}${words}`, {
        hint: 'Compare MemAvailable in /proc/meminfo on the board with what the model needs; end other programs there.',
        cause: cut,
      });
    }
    if (end.signal !== undefined || (end.code ?? 0) > 128) {
      return new RunnerGoneError(`it was killed by ${signalName(end)}${words}`, { cause: cut });
    }
    return cut ?? new RunnerGoneError(`it ended with exit status ${end.code}${words}`);
  }

  async #outOfMemoryLine(): Promise<string | undefined> {
    const pid = await this.#process.pid(AbortSignal.timeout(0));
    return pid === undefined ? undefined : outOfMemoryLine(this.#connection, pid);
  }

  /**
   * As {@link RemoteProcess.kill}.
   *
   * @param said - What the runner said in its hello, if it came that far.
   */
  kill(
    said: { readonly pid: number; readonly pgid: number } | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    return this.#process.kill(said, signal);
  }
}

/** Who dies of SIGKILL is not asked. A shell in between reports it as 128 and the number. */
const isKill = ({ code, signal }: ProcessEnd): boolean => signal === 'SIGKILL' || code === 137;

/** A shell in between reports a death by signal as 128 and its number. */
const signalName = ({ code, signal }: ProcessEnd): string => signal ?? `signal ${(code ?? 128) - 128}`;
