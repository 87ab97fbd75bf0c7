import { setTimeout as delay } from 'node:timers/promises';
import type { Cancellable } from '../../harness/cancellable.ts';
import type { LogBuffer } from '../protocol/log-buffer.ts';
import { exec } from '../ssh/exec.ts';
import { commandLine, quote } from '../ssh/quote.ts';
import { RemoteProcess } from '../ssh/remote-process.ts';
import type { SshConnection } from '../ssh/ssh-connection.ts';
import { ProgramLostError, ProgramOutputTooLargeError } from './program-error.ts';
import { findTrailer, folderGoneStatus, runVariable, superviseScript, sweepScript } from './supervise.ts';

/** What is to run, and where. */
export interface ProgramCall {
  /** What people call it. */
  readonly name: string;
  /** Absolute folder on the board to run in. */
  readonly folder: string;
  /** Unique, letters and digits: marks the end of the output, and the program's processes. */
  readonly nonce: string;
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** When the board itself ends it, whatever became of the harness. */
  readonly limitMs: number;
  /** Bytes of standard output that are taken. */
  readonly maxBytes: number;
}

export interface ProgramEnd {
  readonly status: number;
  /** Whole: everything that the program printed until it ended. */
  readonly stdout: Buffer;
}

/** How long the channel may stay open after the program's end before something is taken to hold it. */
const closeGraceMs = 300;
const killTimeoutMs = 10_000;
/** What is read at most behind the end of the output, for the line that tells the end. */
const trailerBytes = 128;

/**
 * Runs a program on the board to its end; its exit status may be any. Whatever happens, nothing that it started is left
 * running when this returns.
 *
 * @param log - Gets standard error while it comes, and standard output at the end.
 * @param onStuck - Called if a process could not be killed.
 * @throws {HilError} If the output is not whole, or too long; or the signal's reason.
 */
export async function runProgram(
  connection: SshConnection,
  call: ProgramCall,
  log: LogBuffer,
  { signal, onStuck }: Cancellable & { readonly onStuck: (words: string) => void },
): Promise<ProgramEnd> {
  signal?.throwIfAborted();
  const { folder, nonce, words, environment, limitMs } = call;
  const variables = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
  const limit = String(Math.ceil(limitMs / 1000));
  const supervised = ['hil-run', folder, limit, String(variables.length), ...variables, ...words];
  const script = `export ${runVariable}=${nonce}; exec sh -c ${quote(superviseScript)} ${commandLine(supervised)}`;
  const process = await RemoteProcess.start(connection, script, log);
  const output = new ProgramOutput(call);
  process.stream.on('data', (chunk: Buffer) => output.add(chunk));
  try {
    const end = await Promise.race([
      output.whole,
      endedEarly(process, output, call, connection),
      rejectOnAbort(signal),
    ]);
    await Promise.race([process.ended, delay(closeGraceMs, undefined, { ref: false })]);
    return end;
  } finally {
    log.add(output.text);
    await sweep(connection, process, nonce).catch((error: unknown) => {
      if (connection.alive)
        onStuck(`${call.name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

/** Kills what is left of a program over a second channel. @throws {Error} If something does not die. */
async function sweep(connection: SshConnection, process: RemoteProcess, nonce: string): Promise<void> {
  if (!connection.alive) return;
  const signal = AbortSignal.timeout(killTimeoutMs);
  const { code, stdout } = await exec(connection, `sh -c ${quote(sweepScript)} hil-sweep ${nonce}`, {
    signal,
  });
  if (code === 0) return;
  const left = stdout.toString('utf8').trim();
  // A board whose shell cannot look still lets the program be killed by its number.
  if (left !== '' || !(await process.kill(undefined, signal))) {
    throw new Error(`processes do not die, they may be stuck in the kernel: ${left || 'its own'}`);
  }
}

/** The channel closed before the output was whole. */
async function endedEarly(
  process: RemoteProcess,
  output: ProgramOutput,
  { name }: ProgramCall,
  connection: SshConnection,
): Promise<ProgramEnd> {
  const { code, signal } = await process.ended;
  // The last bytes and the close may come in one turn.
  const end = output.end;
  if (end) return end;
  if (code === undefined && signal === undefined) throw connection.lost(`it ended while ${name} ran`);
  const how =
    code === folderGoneStatus
      ? `the folder that ${name} was to run in is gone`
      : `the shell that ran ${name} ended by ${signal ?? `exit status ${code}`}, and the end of the output is missing`;
  throw new ProgramLostError(connection.endpoint.name, how);
}

const rejectOnAbort = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

/** Standard output of a program, until the line that says that it is whole. */
class ProgramOutput {
  readonly whole: Promise<ProgramEnd>;
  end: ProgramEnd | undefined;
  readonly #call: ProgramCall;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #settled = false;
  #resolve: (end: ProgramEnd) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(call: ProgramCall) {
    this.#call = call;
    this.whole = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits may have been called off meanwhile.
    this.whole.catch(() => undefined);
  }

  add(chunk: Buffer): void {
    if (this.#settled) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const trailer = findTrailer(this.#tail(chunk.length), this.#call.nonce);
    if (trailer) {
      const all = Buffer.concat(this.#chunks);
      const at = all.length - Math.min(all.length, chunk.length + trailerBytes) + trailer.at;
      this.#settled = true;
      this.end = { status: trailer.status, stdout: all.subarray(0, at) };
      this.#chunks.splice(0, Infinity, this.end.stdout);
      this.#resolve(this.end);
    } else if (this.#length > this.#call.maxBytes + trailerBytes) {
      this.#settled = true;
      const { name, maxBytes } = this.#call;
      const kept = Buffer.concat(this.#chunks).subarray(0, maxBytes);
      this.#chunks.splice(0, Infinity, kept);
      const head = kept.toString('utf8', 0, 200).trim();
      this.#reject(new ProgramOutputTooLargeError(name, 'standard output', maxBytes, head));
    }
  }

  /** What came, for people. */
  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  /** The last bytes: as many as may hold the line that tells the end. */
  #tail(newBytes: number): Buffer {
    const wanted = newBytes + trailerBytes;
    const last: Buffer[] = [];
    let bytes = 0;
    for (let i = this.#chunks.length - 1; i >= 0 && bytes < wanted; i--) {
      last.unshift(this.#chunks[i]!);
      bytes += this.#chunks[i]!.length;
    }
    const tail = Buffer.concat(last);
    return tail.subarray(Math.max(0, tail.length - wanted));
  }
}
