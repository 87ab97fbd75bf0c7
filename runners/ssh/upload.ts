import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { Cancellable } from '../../harness/cancellable.ts';
import { execOrFail } from './board-shell.ts';
import { chooseVictims, lookAtCache, removeFromCache } from './cache-room.ts';
import { exec } from './exec.ts';
import { checkContent } from './hash-on-board.ts';
import { quote } from './quote.ts';
import { sendFile } from './send-file.ts';
import type { SshConnection } from './ssh-connection.ts';
import { BoardDiskFullError, UploadDamagedError } from './upload-error.ts';

export interface UploadOptions extends Cancellable {
  readonly onProgress?: ((bytes: { done: number; total: number }) => void) | undefined;
}

/** A file that the board is to hold. */
export interface BoardFile {
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

export interface PlacedFile {
  readonly path: string;
  /** 0 if the board held the file already. */
  readonly uploadedBytes: number;
}

export interface BoardCacheOptions {
  /** Absolute folder on the board that belongs to the harness. */
  readonly workFolder: string;
  readonly bootId: string;
  /** Commands that the board is known to have; unknown where it was not asked. */
  readonly tools?: ReadonlySet<string> | undefined;
  /** Room to leave on the board's disk. */
  readonly minFreeBytes?: number | undefined;
  readonly maxCacheBytes?: number | undefined;
}

/** The mark of a file is written again when its time of use is older than this: flash wears out. */
const useIsNewsAfterMs = 600_000;
const discardTimeoutMs = 2000;

/**
 * The board's files that are named by their content: `<work>/cache/<sha256>`. Each is verified once after its upload;
 * then `<sha256>.ok` holds the boot, the time of the last use, and size, time and inode of the file. While all of these
 * hold the file is trusted, else it is hashed again.
 */
export class BoardCache {
  readonly folder: string;
  readonly #connection: SshConnection;
  readonly #options: BoardCacheOptions;
  readonly #inUse = new Set<string>();

  constructor(connection: SshConnection, options: BoardCacheOptions) {
    this.#connection = connection;
    this.#options = options;
    this.folder = posix.join(options.workFolder, 'cache');
  }

  /** Makes sure that the board holds the file. Nobody ever sees a file that is not whole: it is renamed last. */
  async place(file: BoardFile, options: UploadOptions): Promise<PlacedFile> {
    const [placed] = await this.placeAll([file], options);
    return placed!;
  }

  /** As {@link place}, with one question for all files. */
  async placeAll(files: readonly BoardFile[], options: UploadOptions): Promise<PlacedFile[]> {
    return (await this.placeAllAnd(files, undefined, options)).placed;
  }

  /**
   * As {@link placeAll}, with a command that needs the files.
   *
   * @returns `afterwards`: whether the command has run, with success, after all files were there. It goes along with the
   *   question, so it may run in vain before, too.
   */
  async placeAllAnd(
    files: readonly BoardFile[],
    command: string | undefined,
    options: UploadOptions,
  ): Promise<{ readonly placed: PlacedFile[]; readonly afterwards: boolean }> {
    for (const { sha256 } of files) this.#inUse.add(sha256);
    const { held, success } = await this.#heldOf(files, command, options);
    const missing = files.filter((_, index) => !held[index]);
    const total = missing.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (missing.length > 0) await this.#makeRoom(missing, options);
    let before = 0;
    for (const file of missing) {
      const base = before;
      await this.#upload(file, {
        signal: options.signal,
        onProgress: ({ done }) => options.onProgress?.({ done: base + done, total }),
      });
      before += file.bytes.length;
    }
    const placed = files.map(({ sha256, bytes }, index) => ({
      path: this.#pathOf(sha256),
      uploadedBytes: held[index] ? 0 : bytes.length,
    }));
    return { placed, afterwards: success && missing.length === 0 };
  }

  /** Removes a file that turned out to be damaged. */
  async evict(sha256: string, options: Cancellable): Promise<void> {
    const path = this.#pathOf(sha256);
    await exec(this.#connection, `rm -f ${quote(path)} ${quote(`${path}.ok`)}`, options);
  }

  readonly #pathOf = (sha256: string): string => posix.join(this.folder, sha256);

  async #heldOf(
    files: readonly BoardFile[],
    command: string | undefined,
    options: Cancellable,
  ): Promise<{ readonly held: boolean[]; readonly success: boolean }> {
    const questions = files.map(({ sha256 }) => {
      const path = quote(this.#pathOf(sha256));
      return `wc -c < ${path} 2>/dev/null && cat ${quote(`${this.#pathOf(sha256)}.ok`)} 2>/dev/null && echo now && ${stampOf(path)}; echo next`;
    });
    const line = [...questions, ...(command === undefined ? [] : [command])].join('; ');
    const { stdout, code } = await exec(this.#connection, line, options);
    const answers = stdout.toString('latin1').split(/^next$/m);
    const held: boolean[] = [];
    for (const [index, file] of files.entries()) {
      held.push(await this.#isHeld(file, answers[index] ?? '', options));
    }
    return { held, success: code === 0 };
  }

  async #isHeld(file: BoardFile, answer: string, options: Cancellable): Promise<boolean> {
    const lines = answer.trim().split('\n');
    const [size = '', boot = '', usedAt = ''] = lines.map((line) => line.trim());
    if (size !== String(file.bytes.length)) return false;
    const now = lines.lastIndexOf('now');
    const unchanged = now > 0 && lines.slice(3, now).join() === lines.slice(now + 1).join();
    const trusted = boot === this.#options.bootId && unchanged;
    if (!trusted && !(await checkContent(this.#connection, this.#pathOf(file.sha256), file, options)).same) {
      return false;
    }
    if (!trusted || Date.now() - Number(usedAt) > useIsNewsAfterMs) await this.#mark(file, options);
    return true;
  }

  /** A mark that cannot be written costs a hash next time, nothing else. */
  async #mark({ sha256 }: BoardFile, options: Cancellable): Promise<void> {
    await exec(this.#connection, this.#markCommand(sha256), options);
  }

  #markCommand(sha256: string): string {
    const path = quote(this.#pathOf(sha256));
    const mark = quote(`${this.#pathOf(sha256)}.ok`);
    const { bootId } = this.#options;
    return `echo ${quote(bootId)} > ${mark} && echo ${Date.now()} >> ${mark} && ${stampOf(path, `>> ${mark}`)}`;
  }

  async #makeRoom(files: readonly BoardFile[], options: Cancellable): Promise<void> {
    const { minFreeBytes = 0, maxCacheBytes = Infinity } = this.#options;
    const room = await lookAtCache(this.#connection, this.folder, options);
    if (room === undefined) return;
    const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
    const wish = { bytes, files: files.length, minFreeBytes, maxCacheBytes, inUse: this.#inUse };
    const victims = chooseVictims(room, wish);
    if (victims.length > 0) await removeFromCache(this.#connection, this.folder, victims, options);
    const freed = victims.reduce((sum, victim) => sum + victim.bytes, 0);
    if (room.freeBytes + freed >= bytes + minFreeBytes) return;
    const details = `${room.freeBytes + freed} bytes are free, of which ${minFreeBytes} are to stay free`;
    throw new BoardDiskFullError(this.#connection.endpoint.name, this.folder, bytes, details);
  }

  async #upload(file: BoardFile, options: UploadOptions): Promise<void> {
    try {
      await this.#attempt(file, options);
    } catch (error) {
      if (!(error instanceof BoardDiskFullError) || !(await this.#makeAnyRoom(file, options))) throw error;
      await this.#attempt(file, options);
    }
  }

  /** The disk said that it is full, whatever df said before: everything that may go makes way. */
  async #makeAnyRoom({ sha256 }: BoardFile, options: Cancellable): Promise<boolean> {
    const room = await lookAtCache(this.#connection, this.folder, options);
    if (room === undefined) return false;
    const victims = room.files.filter(({ name }) => !this.#inUse.has(name) && name !== sha256);
    await removeFromCache(this.#connection, this.folder, victims, options);
    const after = await lookAtCache(this.#connection, this.folder, options);
    return after !== undefined && (after.freeBytes > room.freeBytes || after.freeInodes > room.freeInodes);
  }

  async #attempt(file: BoardFile, { signal, onProgress }: UploadOptions): Promise<void> {
    const { sha256, bytes } = file;
    const path = this.#pathOf(sha256);
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    const intent = { folder: this.folder, bytes: bytes.length };
    try {
      await sendFile(this.#connection, this.folder, temporary, bytes, {
        signal,
        tools: this.#options.tools,
        onSent: (done) => onProgress?.({ done, total: bytes.length }),
      });
      const { same, found } = await checkContent(this.#connection, temporary, file, { signal });
      if (!same) throw this.#damaged(path, found, file);
      const publish = `mv ${quote(temporary)} ${quote(path)} && ${this.#markCommand(sha256)}`;
      await execOrFail(this.#connection, publish, intent, { signal });
    } catch (error) {
      await this.#discard(temporary);
      throw error;
    }
  }

  #damaged(path: string, found: string, { sha256, bytes }: BoardFile): UploadDamagedError {
    const expected = `sha256 ${sha256} (${bytes.length} bytes)`;
    return new UploadDamagedError(this.#connection.endpoint.name, path, found, expected);
  }

  async #discard(temporary: string): Promise<void> {
    if (!this.#connection.alive) return;
    // The error that led here is the one to report.
    await exec(this.#connection, `rm -f ${quote(temporary)}`, {
      signal: AbortSignal.timeout(discardTimeoutMs),
    }).catch(() => undefined);
  }
}

/** Prints size, time and inode of a file, with what the board has. */
const stampOf = (path: string, to = ''): string =>
  `stat -c '%s %Y %i' ${path} 2>/dev/null ${to} || ls -lin ${path} ${to}`;
