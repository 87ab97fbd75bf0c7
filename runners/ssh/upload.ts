import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { Cancellable } from '../../harness/cancellable.ts';
import { execOrFail } from './board-shell.ts';
import { exec } from './exec.ts';
import { quote } from './quote.ts';
import { openSftp, writeOverSftp } from './sftp-write.ts';
import type { SshConnection } from './ssh-connection.ts';
import { UploadDamagedError } from './upload-error.ts';

export interface UploadOptions extends Cancellable {
  readonly onProgress?: ((bytes: { done: number; total: number }) => void) | undefined;
}

export interface PlacedFile {
  readonly path: string;
  /** 0 if the board held the file already. */
  readonly uploadedBytes: number;
}

/**
 * The board's files that are named by their content: `<work>/cache/<sha256>`. A file counts as present if it has the
 * right size and its hash was checked since the board booted, which `<sha256>.ok` records; else it is hashed again.
 */
export class BoardCache {
  readonly #connection: SshConnection;
  readonly #bootId: string;
  readonly #folder: string;

  constructor(connection: SshConnection, { workFolder, bootId }: { workFolder: string; bootId: string }) {
    this.#connection = connection;
    this.#bootId = bootId;
    this.#folder = posix.join(workFolder, 'cache');
  }

  /** Makes sure that the board holds the file. Nobody ever sees a file that is not whole: it is renamed last. */
  async place(
    file: { readonly sha256: string; readonly bytes: Uint8Array },
    options: UploadOptions,
  ): Promise<PlacedFile> {
    const path = posix.join(this.#folder, file.sha256);
    if (await this.#holds(path, file, options)) return { path, uploadedBytes: 0 };
    await this.#upload(path, file, options);
    return { path, uploadedBytes: file.bytes.length };
  }

  /** Removes a file that turned out to be damaged. */
  async evict(sha256: string, options: Cancellable): Promise<void> {
    const path = posix.join(this.#folder, sha256);
    await exec(this.#connection, `rm -f ${quote(path)} ${quote(`${path}.ok`)}`, options);
  }

  async #holds(
    path: string,
    { sha256, bytes }: { readonly sha256: string; readonly bytes: Uint8Array },
    options: Cancellable,
  ): Promise<boolean> {
    const { stdout } = await exec(
      this.#connection,
      `wc -c < ${quote(path)} && cat ${quote(`${path}.ok`)}`,
      options,
    );
    const [size = '', checkedIn = ''] = stdout.toString('latin1').split('\n');
    if (size.trim() !== String(bytes.length)) return false;
    if (checkedIn.trim() === this.#bootId) return true;
    if ((await this.#hashOf(path, options)) !== sha256) return false;
    const mark = `echo ${quote(this.#bootId)} > ${quote(`${path}.ok`)}`;
    await execOrFail(this.#connection, mark, { folder: this.#folder, bytes: this.#bootId.length }, options);
    return true;
  }

  async #upload(
    path: string,
    { sha256, bytes }: { readonly sha256: string; readonly bytes: Uint8Array },
    options: UploadOptions,
  ): Promise<void> {
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await this.#send(temporary, bytes, options);
      const found = await this.#hashOf(temporary, options);
      if (found !== sha256) {
        throw new UploadDamagedError(
          this.#connection.endpoint.name,
          path,
          `sha256 ${found}`,
          `sha256 ${sha256} (${bytes.length} bytes)`,
        );
      }
      const publish = `mv ${quote(temporary)} ${quote(path)} && echo ${quote(this.#bootId)} > ${quote(`${path}.ok`)}`;
      await execOrFail(this.#connection, publish, { folder: this.#folder, bytes: bytes.length }, options);
    } catch (error) {
      await this.#discard(temporary);
      throw error;
    }
  }

  async #send(path: string, bytes: Uint8Array, { signal, onProgress }: UploadOptions): Promise<void> {
    const intent = { folder: this.#folder, bytes: bytes.length };
    const total = bytes.length;
    const onSent = (done: number): void => onProgress?.({ done, total });
    const [sftp] = await Promise.all([
      openSftp(this.#connection),
      execOrFail(this.#connection, `mkdir -p ${quote(this.#folder)}`, intent, { signal }),
    ]);
    if (sftp) {
      const failure = await writeOverSftp(sftp, path, bytes, { signal, onSent }).then(
        () => undefined,
        (error: Error) => error,
      );
      sftp.end();
      if (failure === undefined) return;
      signal?.throwIfAborted();
      if (!this.#connection.alive) throw this.#connection.lost('it ended during an upload', failure);
    }
    // Without SFTP, and again where SFTP failed: the shell says why in words.
    await execOrFail(this.#connection, `cat > ${quote(path)}`, intent, { signal, stdin: bytes, onSent });
  }

  async #hashOf(path: string, options: Cancellable): Promise<string> {
    const sum = await exec(this.#connection, `sha256sum ${quote(path)}`, options);
    const found = /^\\?([0-9a-f]{64})\b/.exec(sum.stdout.toString('latin1'))?.[1];
    if (sum.code === 0 && found !== undefined) return found;
    // Small vendor builds of busybox lack sha256sum: read the file back and hash it here.
    const copy = await exec(this.#connection, `cat ${quote(path)}`, { ...options, maxBytes: Infinity });
    return createHash('sha256').update(copy.stdout).digest('hex');
  }

  async #discard(temporary: string): Promise<void> {
    if (!this.#connection.alive) return;
    // The error that led here is the one to report.
    await exec(this.#connection, `rm -f ${quote(temporary)}`, {
      signal: AbortSignal.timeout(discardTimeoutMs),
    }).catch(() => undefined);
  }
}

const discardTimeoutMs = 2000;
