import { setTimeout } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import type { LogBuffer } from '../protocol/log-buffer.ts';
import { exec, openExecChannel } from './exec.ts';
import type { SshConnection } from './ssh-connection.ts';

const pidLine = /^hil-pid=([1-9]\d*)\n/;
const longestPidLine = 32;
/** How long a kill may take to be seen, and how often it is looked for. */
const killPolls = 20;
const killPollMs = 50;

/** How a process ended; both are undefined if the link broke first. */
export interface ProcessEnd {
  readonly code: number | undefined;
  /** e.g. `SIGSEGV`. */
  readonly signal: string | undefined;
}

/** A process on the board over an exec channel of its own. Its standard error goes to a log. */
export class RemoteProcess {
  /** Standard input and output. */
  readonly stream: ClientChannel;
  /** Settles when the channel closes: when nothing holds its streams any more. */
  readonly ended: Promise<ProcessEnd>;
  readonly #connection: SshConnection;
  readonly #log: LogBuffer;
  #over = false;
  #pid: number | undefined;
  /** Standard error until its first line is complete. */
  #start = '';
  #started = false;
  #onStarted: () => void = () => undefined;
  readonly #startSeen = new Promise<void>((resolve) => (this.#onStarted = resolve));

  private constructor(connection: SshConnection, channel: ClientChannel, log: LogBuffer) {
    this.#connection = connection;
    this.stream = channel;
    this.#log = log;
    channel.stderr.setEncoding('utf8').on('data', (text: string) => this.#readStderr(text));
    this.ended = new Promise((resolve) => {
      channel.once('close', (code?: number | null, signal?: string) => {
        this.#over = true;
        this.#onStarted();
        resolve({ code: code ?? undefined, signal });
      });
    });
  }

  /**
   * Runs a script in the board's shell, which first tells its pid on standard error: so the script can be killed with all
   * that it starts, even if it never says anything.
   */
  static async start(connection: SshConnection, script: string, log: LogBuffer): Promise<RemoteProcess> {
    const channel = await openExecChannel(connection, `echo hil-pid=$$ >&2; ${connection.enter}${script}`);
    return new RemoteProcess(connection, channel, log);
  }

  /** The shell's pid, which is its group too; undefined if it ended without telling, or something else came first. */
  async pid(signal: AbortSignal): Promise<number | undefined> {
    await Promise.race([this.#startSeen, aborted(signal)]);
    return this.#pid;
  }

  /**
   * Kills the process over a second channel, with its group if it leads one, and looks until it is gone; a zombie
   * counts as gone.
   *
   * @param said - What the process itself said of its ids, if it did.
   * @returns False if it is still there: stuck in the kernel, or the board is gone.
   */
  async kill(
    said: { readonly pid: number; readonly pgid: number } | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const pid = said?.pid ?? (await this.pid(signal));
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
    // If something else came first it is log, and only the process itself can tell its pid.
    this.#started = true;
    const line = pidLine.exec(this.#start);
    if (line) this.#pid = Number(line[1]);
    this.#onStarted();
    this.#log.add(this.#start.slice(line?.[0].length ?? 0));
  }
}

/** `/proc/<pid>/stat`: the state follows the name, which is in brackets and may contain anything. */
const isGone = (stat: string): boolean => stat === '' || /\) Z /.test(stat);

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
