import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Cancellable } from '../cancellable.ts';
import { ConversionFailedError, ConverterUnusableError } from './conversion-error.ts';

/** How long a converter may take to end by itself when it is called off. */
const graceMs = 3000;
const shownLines = 12;

export interface ConverterRun extends Cancellable {
  readonly cwd: string;
  /** Gets everything that the converter prints. */
  readonly logFile: string;
  readonly timeoutMs: number;
  /** Hears each line as it is printed. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * Runs a converter in a process group of its own, which ends with it: when called off, when its time is up, or when this
 * process exits.
 *
 * @param command - Program and arguments.
 * @throws {ConverterUnusableError} If it does not start, or takes longer than it may.
 * @throws {ConversionFailedError} If it ends with another status than 0.
 * @throws The signal's reason, when called off.
 */
export async function runConverter(command: readonly string[], run: ConverterRun): Promise<void> {
  const { signal, logFile, timeoutMs } = run;
  signal?.throwIfAborted();
  const [program = '', ...args] = command;
  const log = createWriteStream(logFile);
  const logged = finished(log);
  const lines = new LastLines(run.onLine);
  const child = spawn(program, args, {
    cwd: run.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log.write(text);
      lines.add(text);
    });
  const group = new ProcessGroup(child.pid);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    group.end();
  }, timeoutMs);
  const callOff = () => group.end();
  signal?.addEventListener('abort', callOff);
  if (signal?.aborted) callOff();
  try {
    const [code, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, by) => resolve([status, by]));
    }).catch((cause: unknown) => {
      throw new ConverterUnusableError(
        `the converter "${command.join(' ')}" does not start: ${(cause as Error).message}`,
        { hint: 'Check the command under `convert` in hil.config.yaml; run it by hand.', cause },
      );
    });
    signal?.throwIfAborted();
    if (timedOut)
      throw new ConverterUnusableError(
        `the converter "${command.join(' ')}" was not done after ${timeoutMs / 1000} s${lines.told()}`,
        { hint: `Give it longer (convert.<sdk>.timeout in hil.config.yaml), or see its output: ${logFile}` },
      );
    if (code !== 0)
      throw new ConversionFailedError(
        `the converter "${command.join(' ')}" ${code === null ? `was killed by ${killedBy}` : `ended with status ${code}`}${lines.told()}`,
        { hint: `See its output: ${logFile}` },
      );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', callOff);
    group.end();
    group.forget();
    log.end();
    await logged.catch(() => undefined);
  }
}

/** The processes that a converter started, however many: ended together. */
class ProcessGroup {
  readonly #pid: number | undefined;
  readonly #atExit = () => this.#send('SIGKILL');
  #hardEnd: NodeJS.Timeout | undefined;

  constructor(pid: number | undefined) {
    this.#pid = pid;
    process.once('exit', this.#atExit);
  }

  end(): void {
    if (!this.#send('SIGTERM')) return;
    this.#hardEnd ??= setTimeout(() => this.#send('SIGKILL'), graceMs).unref();
  }

  /** From now on the exit of this process is nothing to the group; one that was told to end still must. */
  forget(): void {
    if (!this.#send(0)) {
      clearTimeout(this.#hardEnd);
      process.off('exit', this.#atExit);
    }
  }

  /** @returns Whether there was anybody. */
  #send(signal: NodeJS.Signals | 0): boolean {
    if (this.#pid === undefined) return false;
    try {
      return process.kill(-this.#pid, signal);
    } catch {
      return false;
    }
  }
}

/** The end of what a program prints, for messages. */
class LastLines {
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #lines: string[] = [];
  #open = '';

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    // Progress bars redraw their line with a carriage return.
    const parts = (this.#open + text).split(/\r\n|\n|\r/);
    this.#open = (parts.pop() ?? '').slice(-4096);
    for (const line of parts.map((part) => part.trimEnd()).filter((part) => part !== '')) {
      this.#lines.push(line);
      if (this.#lines.length > shownLines) this.#lines.shift();
      this.#onLine?.(line);
    }
  }

  told(): string {
    const all = this.#open.trim() === '' ? this.#lines : [...this.#lines, this.#open.trimEnd()];
    return all.length === 0 ? '' : `; it said:\n  ${all.join('\n  ')}`;
  }
}
