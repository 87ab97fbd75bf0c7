import { randomBytes } from 'node:crypto';
import { hostname, uptime, userInfo } from 'node:os';
import type { ClientChannel } from 'ssh2';
import type { Cancellable } from '../../../harness/cancellable.ts';
import type { HilError } from '../../../harness/hil-error.ts';
import { writeError } from '../board-shell.ts';
import { type ExecResult, openExecChannel } from '../exec.ts';
import { quote } from '../quote.ts';
import type { SshConnection } from '../ssh-connection.ts';
import { guardScript } from './guard-script.ts';
import { BoardBusyError, BoardFencedError, BoardStillOccupiedError } from './lock-error.ts';

export interface BoardLockOptions extends Cancellable {
  readonly workFolder: string;
  /** How long another holder may keep us waiting. */
  readonly waitMs?: number;
  /** Told once for each holder that keeps us waiting. */
  readonly onWait?: (holder: string) => void;
  readonly beatMs?: number;
  /** A holder whose heartbeat stands still for this long has lost the board. */
  readonly staleMs?: number;
  readonly holder?: string;
  /** Seconds on a clock that goes on while this machine sleeps. */
  readonly clock?: () => number;
}

/** Tells this process from one with the same number on a machine of the same name. */
const token = randomBytes(3).toString('hex');

/** Who we are, for others who meet our lock. A process holds a board once, so a lock of this name is its own. */
export const ourName = (): string => `${userInfo().username}@${hostname()} (pid ${process.pid}, ${token})`;

/**
 * The right to use a board, held on the board itself, so that runs on different machines do not meet there. Held as long
 * as the connection lives and this process beats; a guard on the board gives it back and ends what runs under it.
 */
export class BoardLock {
  readonly fence: number;
  readonly #board: string;
  readonly #holder: string;
  readonly #options: Required<Pick<BoardLockOptions, 'workFolder' | 'beatMs' | 'staleMs' | 'clock'>>;
  readonly #channel: ClientChannel;
  readonly #lines: Lines;
  readonly #connection: SshConnection;
  #failure: HilError | undefined;
  #released = false;
  #beats = 0;
  #lastBeatS: number;
  readonly #timer: NodeJS.Timeout;
  #waiting: (() => void)[] = [];

  private constructor(
    connection: SshConnection,
    channel: ClientChannel,
    lines: Lines,
    fence: number,
    holder: string,
    options: Required<Pick<BoardLockOptions, 'workFolder' | 'beatMs' | 'staleMs' | 'clock'>>,
  ) {
    this.#connection = connection;
    this.#board = connection.endpoint.name;
    this.#channel = channel;
    this.#lines = lines;
    this.fence = fence;
    this.#holder = holder;
    this.#options = options;
    this.#lastBeatS = options.clock();
    this.#timer = setInterval(() => this.#beat(), options.beatMs).unref();
    void this.#listen();
    this.#beat();
  }

  /**
   * Waits for the board and takes it. What a holder that is gone has left running there is ended first.
   *
   * @throws {BoardBusyError} If another holder keeps it.
   * @throws {BoardStillOccupiedError} If a process of an earlier one cannot be ended.
   */
  static async acquire(connection: SshConnection, options: BoardLockOptions): Promise<BoardLock> {
    const {
      workFolder,
      clock = uptime,
      waitMs = 60_000,
      beatMs = 2000,
      staleMs = 12_000,
      holder = ourName(),
      onWait,
      signal,
    } = options;
    signal?.throwIfAborted();
    const script = guardScript({
      workFolder,
      holder,
      waitSeconds: Math.ceil(waitMs / 1000),
      staleSeconds: Math.ceil(staleMs / 1000),
    });
    const channel = await openExecChannel(connection, `exec sh -c ${quote(script)}`);
    const lines = new Lines(channel);
    const onAbort = (): void => channel.close();
    signal?.addEventListener('abort', onAbort);
    try {
      for (;;) {
        const line = await lines.next();
        signal?.throwIfAborted();
        const [word, rest] = split(line ?? '');
        if (word === 'locked') {
          const lock = new BoardLock(connection, channel, lines, Number(rest), holder, {
            workFolder,
            beatMs,
            staleMs,
            clock,
          });
          connection.enter = lock.enter;
          connection.beforeClose(() => lock.release());
          return lock;
        }
        if (word === 'wait') onWait?.(rest);
        if (word === 'busy') throw new BoardBusyError(connection.endpoint.name, rest, waitMs);
        if (word === 'stuck') throw new BoardStillOccupiedError(connection.endpoint.name, `pid ${rest}`);
        if (line !== undefined) continue;
        if (!connection.alive) throw connection.lost('it ended while we asked for the board');
        throw writeError(
          connection,
          `mkdir ${workFolder}/lock`,
          { folder: workFolder, bytes: 0 },
          { ...(await lines.end), stderr: lines.stderr },
        );
      }
    } catch (error) {
      channel.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Set once the board is no longer ours. */
  get failure(): HilError | undefined {
    this.#noticeSleep();
    return this.#failure;
  }

  /** Shell words that enter the shell that runs them, and what it becomes, into the lock: it ends with it. */
  get enter(): string {
    return `{ echo $$ >> ${quote(`${this.#options.workFolder}/lock/runners`)}; } 2>/dev/null; `;
  }

  /** Asks the board whether it is still ours. @returns Why not, if not. */
  async verify(timeoutMs = 3000): Promise<HilError | undefined> {
    if (this.failure === undefined && this.#connection.alive) {
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
          this.#beat();
        }),
        new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs))),
      ]);
      clearTimeout(timer);
    }
    return this.#failure;
  }

  /** Gives the board back and waits until it is free. */
  async release(): Promise<void> {
    this.#released = true;
    clearInterval(this.#timer);
    if (!this.#connection.alive) return;
    this.#channel.end();
    await Promise.race([this.#lines.end, new Promise((resolve) => setTimeout(resolve, 3000).unref())]);
  }

  #beat(): void {
    this.#noticeSleep();
    this.#lastBeatS = this.#options.clock();
    if (this.#failure === undefined && this.#channel.writable) this.#channel.write(`${++this.#beats}\n`);
  }

  /** A machine that slept, or hung, has to take it that others have the board now. Its own clock says so at once. */
  #noticeSleep(): void {
    const silentMs = (this.#options.clock() - this.#lastBeatS) * 1000;
    if (silentMs < this.#options.staleMs * 0.75) return;
    this.#fail(`anybody: we were silent for ${Math.round(silentMs / 1000)} s`);
  }

  #fail(them: string): void {
    this.#failure ??= new BoardFencedError(this.#board, `${this.#holder}, fence ${this.fence}`, them);
    clearInterval(this.#timer);
  }

  async #listen(): Promise<void> {
    for (let line = await this.#lines.next(); line !== undefined; line = await this.#lines.next()) {
      const [word, rest] = split(line);
      if (word === 'fenced') this.#fail(rest === '' ? 'nobody' : rest);
      this.#wake();
    }
    // The guard ends with the connection; if that is there, somebody has ended the guard.
    if (this.#connection.alive && !this.#released) this.#fail('somebody who ended our guard there');
    clearInterval(this.#timer);
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function split(line: string): [word: string, rest: string] {
  const space = line.indexOf(' ');
  return space === -1 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
}

/** A channel's output, line by line. */
class Lines {
  readonly end: Promise<Pick<ExecResult, 'code' | 'signal'>>;
  stderr = '';
  readonly #lines: string[] = [];
  #over = false;
  #text = '';
  #wake: () => void = () => undefined;

  constructor(channel: ClientChannel) {
    channel.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#text + text).split('\n');
      this.#text = lines.pop() ?? '';
      this.#lines.push(...lines);
      this.#wake();
    });
    channel.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text.slice(0, 1000)));
    channel.on('error', () => undefined);
    this.end = new Promise((resolve) => {
      channel.once('close', (code?: number | null, signal?: string) => {
        this.#over = true;
        this.#wake();
        resolve({ code: code ?? undefined, signal });
      });
    });
  }

  /** @returns undefined at the end. */
  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#over)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#lines.shift();
  }
}
