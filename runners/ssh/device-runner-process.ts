import { setTimeout } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import type { HilError } from '../../harness/hil-error.ts';
import type { LogBuffer } from '../protocol/log-buffer.ts';
import { type FrameCutError, RunnerGoneError } from '../protocol/protocol-error.ts';
import type { RunnerLink } from '../protocol/message-stream.ts';
import { exec, openExecChannel } from './exec.ts';
import { commandLine } from './quote.ts';
import type { SshConnection } from './ssh-connection.ts';

const pidLine = /^hil-pid=([1-9]\d*)\n/;
const longestPidLine = 32;
/** How long a kill may take to be seen, and how often it is looked for. */
const killPolls = 20;
const killPollMs = 50;

interface End {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

/** A device runner that runs on the board over an exec channel of its own. */
export class DeviceRunnerProcess implements RunnerLink {
  readonly stream: ClientChannel;
  readonly #connection: SshConnection;
  readonly #command: readonly string[];
  readonly #log: LogBuffer;
  readonly #ended: Promise<End>;
  #over = false;
  #pid: number | undefined;
  /** Standard error until its first line is complete. */
  #start = '';
  #started = false;
  #onStarted: () => void = () => undefined;
  readonly #startSeen = new Promise<void>((resolve) => (this.#onStarted = resolve));

  private constructor(
    connection: SshConnection,
    channel: ClientChannel,
    command: readonly string[],
    log: LogBuffer,
  ) {
    this.#connection = connection;
    this.stream = channel;
    this.#command = command;
    this.#log = log;
    channel.stderr.setEncoding('utf8').on('data', (text: string) => this.#readStderr(text));
    this.#ended = new Promise((resolve) => {
      channel.once('close', (code?: number | null, signal?: string) => {
        this.#over = true;
        resolve({ code: code ?? undefined, signal });
      });
    });
  }

  /**
   * Starts the program. The shell tells its pid on standard error and becomes the program, so that it can be killed
   * even if it never says anything.
   */
  static async start(
    connection: SshConnection,
    command: readonly string[],
    log: LogBuffer,
  ): Promise<DeviceRunnerProcess> {
    const channel = await openExecChannel(connection, `echo hil-pid=$$ >&2; exec ${commandLine(command)}`);
    return new DeviceRunnerProcess(connection, channel, command, log);
  }

  async explainEnd(cut: FrameCutError | undefined): Promise<HilError> {
    const end = await this.#ended;
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
    if (end.signal !== undefined || (end.code ?? 0) > 128) {
      return new RunnerGoneError(`it was killed by ${signalName(end)}${words}`, { cause: cut });
    }
    return cut ?? new RunnerGoneError(`it ended with exit status ${end.code}${words}`);
  }

  /**
   * Kills the program over a second channel, with its group if it leads one, and looks until it is gone; a zombie
   * counts as gone.
   *
   * @param said - What the runner said in its hello, if it came that far.
   * @returns False if it is still there: stuck in the kernel, or the board is gone.
   */
  async kill(
    said: { readonly pid: number; readonly pgid: number } | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (said === undefined) await Promise.race([this.#startSeen, this.#ended, aborted(signal)]);
    const pid = said?.pid ?? this.#pid;
    if (this.#over || pid === undefined || !this.#connection.alive) return this.#over;
    const group = said === undefined || said.pgid === pid ? `kill -9 -${pid} 2>/dev/null || ` : '';
    await exec(this.#connection, `${group}kill -9 ${pid}`, { signal });
    for (let poll = 0; poll < killPolls; poll++) {
      const { stdout } = await exec(this.#connection, `cat /proc/${pid}/stat`, { signal });
      if (isGone(stdout.toString('latin1'))) return true;
      await setTimeout(killPollMs, undefined, { signal });
    }
    return false;
  }

  #readStderr(text: string): void {
    if (this.#started) {
      this.#log.add(text);
      return;
    }
    this.#start += text;
    if (!this.#start.includes('\n') && this.#start.length < longestPidLine) return;
    // If something else came first it is log, and only the runner's own hello tells the pid.
    this.#started = true;
    this.#onStarted();
    const line = pidLine.exec(this.#start);
    if (line) this.#pid = Number(line[1]);
    this.#log.add(this.#start.slice(line?.[0].length ?? 0));
  }
}

/** `/proc/<pid>/stat`: the state follows the name, which is in brackets and may contain anything. */
const isGone = (stat: string): boolean => stat === '' || /\) Z /.test(stat);

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/** A shell in between reports a death by signal as 128 and its number. */
const signalName = ({ code, signal }: End): string => signal ?? `signal ${(code ?? 128) - 128}`;
