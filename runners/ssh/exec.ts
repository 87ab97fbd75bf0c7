import type { ClientChannel } from 'ssh2';
import type { Cancellable } from '../../harness/cancellable.ts';
import type { SshConnection } from './ssh-connection.ts';
import { classifySshFault, SshError } from './ssh-error.ts';

export interface ExecResult {
  /** Exit status; undefined if a signal ended the command. */
  readonly code: number | undefined;
  /** e.g. `SIGSEGV`. */
  readonly signal: string | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** True if a stream was longer than the cap, and cut. */
  readonly cut: boolean;
}

export interface ExecOptions extends Cancellable {
  readonly stdin?: Uint8Array;
  /** Bytes of each stream that are kept. */
  readonly maxBytes?: number;
  /**
   * An abort ends the command's input and waits, for at most a second, until the command has ended; else it is left to
   * itself, and may still be about to start.
   */
  readonly abortEndsInput?: boolean;
  /** Bytes of stdin that the connection has taken. */
  readonly onSent?: (bytes: number) => void;
}

/** How much of stdin is handed over at once; progress is told in these steps. */
const stdinChunkBytes = 256 * 1024;
const abortedInputMs = 1000;

/**
 * Opens a channel and starts a command on it.
 *
 * @throws {SshError} If the connection is gone or refuses another channel.
 */
export function openExecChannel(connection: SshConnection, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    if (!connection.alive) {
      reject(connection.lost('it was asked to run a command'));
      return;
    }
    connection.client.exec(command, (error, channel) => {
      if (error) reject(execFailure(connection, error));
      else resolve(channel);
    });
  });
}

function execFailure(connection: SshConnection, error: Error): Error {
  const fault = classifySshFault(error, true);
  return fault === 'channels' && connection.alive
    ? new SshError(connection.endpoint, fault, error.message, error)
    : connection.lost(error.message, error);
}

/**
 * Runs a command to its end. The result is taken when the channel closes, since output may follow the exit status.
 *
 * @throws {SshError} If the connection ends first: a channel that closes without an exit status is a lost link, never
 *   success.
 */
export async function exec(
  connection: SshConnection,
  command: string,
  options: ExecOptions,
): Promise<ExecResult> {
  const { signal, stdin, maxBytes = 1024 * 1024, onSent, abortEndsInput = false } = options;
  signal?.throwIfAborted();
  const channel = await openExecChannel(connection, command);
  const stdout = new CappedOutput(maxBytes);
  const stderr = new CappedOutput(maxBytes);

  return new Promise((resolve, reject) => {
    let giveUpTimer: NodeJS.Timeout | undefined;
    const giveUp = (): void => {
      channel.close();
      reject(signal?.reason as Error);
    };
    const onAbort = (): void => {
      if (!abortEndsInput) {
        giveUp();
        return;
      }
      channel.end();
      giveUpTimer = setTimeout(giveUp, abortedInputMs);
    };
    channel.on('data', (chunk: Buffer) => stdout.add(chunk));
    channel.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
    channel.on('error', () => undefined);
    channel.once('close', (code?: number | null, killedBy?: string) => {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(giveUpTimer);
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      if ((code === undefined || code === null) && killedBy === undefined) {
        reject(connection.lost(`it ended while a command ran: ${command}`));
        return;
      }
      resolve({
        code: code ?? undefined,
        signal: killedBy,
        stdout: stdout.bytes,
        stderr: stderr.bytes.toString('utf8'),
        cut: stdout.cut || stderr.cut,
      });
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort);
    if (stdin === undefined) channel.end();
    else sendStdin(channel, stdin, onSent);
  });
}

function sendStdin(channel: ClientChannel, stdin: Uint8Array, onSent: ExecOptions['onSent']): void {
  let sent = 0;
  const next = (): void => {
    if (sent > 0) onSent?.(sent);
    if (sent === stdin.length) {
      channel.end();
      return;
    }
    const chunk = stdin.subarray(sent, sent + stdinChunkBytes);
    sent += chunk.length;
    // A command that has ended takes no more; its exit status says why.
    if (channel.writable) channel.write(chunk, next);
  };
  next();
}

class CappedOutput {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  cut = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(chunk: Buffer): void {
    const kept = chunk.subarray(0, this.#maxBytes - this.#length);
    if (kept.length < chunk.length) this.cut = true;
    if (kept.length === 0) return;
    this.#chunks.push(kept);
    this.#length += kept.length;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
