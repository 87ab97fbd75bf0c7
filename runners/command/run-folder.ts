import { posix } from 'node:path';
import type { Cancellable } from '../../harness/cancellable.ts';
import { execOrFail } from '../ssh/board-shell.ts';
import { exec, type ExecResult } from '../ssh/exec.ts';
import { quote } from '../ssh/quote.ts';
import type { SshConnection } from '../ssh/ssh-connection.ts';
import { UploadDamagedError } from '../ssh/upload-error.ts';

/** A file of the board's cache that a run sees under a name of its own. */
export interface LinkedFile {
  /** Absolute path in the cache. */
  readonly from: string;
  /** Path below the run's folder. */
  readonly as: string;
}

const removeTimeoutMs = 5000;

/** The folder on the board that one run of a program has to itself. Disposing it removes it. */
export class RunFolder implements AsyncDisposable {
  readonly path: string;
  readonly #connection: SshConnection;

  /** @param id - Unique on the board. */
  constructor(connection: SshConnection, workFolder: string, id: string) {
    this.#connection = connection;
    this.path = posix.join(workFolder, 'runs', id);
  }

  /** Where the program may leave files: empty at first. */
  get outputs(): string {
    return this.pathOf('out');
  }

  pathOf(name: string): string {
    return posix.join(this.path, name);
  }

  /**
   * Makes the folder with its files and the input.
   *
   * @throws {HilError} Owner `lab` if the board does not take it.
   */
  async create(
    files: readonly LinkedFile[],
    input: { readonly name: string; readonly bytes: Uint8Array },
    { signal }: Cancellable,
  ): Promise<void> {
    const intent = { folder: this.path, bytes: input.bytes.length };
    const folders = new Set([this.outputs, ...files.map(({ as }) => posix.dirname(this.pathOf(as)))]);
    const place = (how: string): string =>
      [
        `mkdir -p ${[...folders].map(quote).join(' ')}`,
        ...files.map(({ from, as }) => `${how} ${quote(from)} ${quote(this.pathOf(as))}`),
      ].join(' && ');
    const linked = await exec(this.#connection, place('ln -s'), { signal });
    if (linked.code !== 0) {
      // A disk without symbolic links, such as a FAT card.
      await exec(this.#connection, `rm -rf ${quote(this.path)}`, { signal });
      await execOrFail(this.#connection, place('cp'), intent, { signal });
    }
    const path = quote(this.pathOf(input.name));
    const written = await execOrFail(this.#connection, `cat > ${path} && wc -c < ${path}`, intent, {
      signal,
      stdin: input.bytes,
    });
    const size = written.stdout.toString('latin1').trim();
    if (size !== String(input.bytes.length)) {
      throw new UploadDamagedError(
        this.#connection.endpoint.name,
        this.pathOf(input.name),
        `${size} bytes`,
        `${input.bytes.length} bytes`,
      );
    }
  }

  /** Reads a file that the program may have left below the outputs' folder. */
  read(name: string, maxBytes: number, { signal }: Cancellable): Promise<ExecResult> {
    return exec(this.#connection, `cat ${quote(posix.join(this.outputs, name))}`, { signal, maxBytes });
  }

  /** Names of what the program left. */
  async list({ signal }: Cancellable): Promise<string[]> {
    const { stdout } = await exec(this.#connection, `ls ${quote(this.outputs)}`, { signal });
    return stdout
      .toString('utf8')
      .split('\n')
      .filter((name) => name !== '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#connection.alive) return;
    // An error that led here is the one to report.
    await exec(this.#connection, `rm -rf ${quote(this.path)}`, {
      signal: AbortSignal.timeout(removeTimeoutMs),
    }).catch(() => undefined);
  }
}
