import type { SFTPWrapper } from 'ssh2';
import type { Cancellable } from '../../harness/cancellable.ts';
import type { SshConnection } from './ssh-connection.ts';

/** Requests of 32 KiB that are under way at a time, as ssh2's own fastPut. */
const chunkBytes = 32 * 1024;
const inFlight = 64;

/** @returns undefined if the board's SSH server has no SFTP, as dropbear often. */
export function openSftp(connection: SshConnection): Promise<SFTPWrapper | undefined> {
  return new Promise((resolve, reject) => {
    if (!connection.alive) {
      reject(connection.lost('it was asked for SFTP'));
      return;
    }
    connection.client.sftp((error, sftp) => {
      if (error === undefined) resolve(sftp);
      else if (connection.alive) resolve(undefined);
      else reject(connection.lost('it was asked for SFTP', error));
    });
  });
}

export interface SftpWriteOptions extends Cancellable {
  /** Bytes that the board has confirmed. */
  readonly onSent?: (bytes: number) => void;
}

/**
 * Writes a whole file with many requests under way.
 *
 * @throws {Error} The status of SFTP, which says little (`Failure` for a full disk), or that the channel closed.
 */
export async function writeOverSftp(
  sftp: SFTPWrapper,
  path: string,
  content: Uint8Array,
  options: SftpWriteOptions,
): Promise<void> {
  // ssh2 answers no request that is made on a channel which has closed.
  const closed = new Promise<never>((_resolve, reject) =>
    sftp.once('close', () => reject(new Error('the SFTP channel closed'))),
  );
  await Promise.race([closed, writeFile(sftp, path, content, options)]);
}

async function writeFile(
  sftp: SFTPWrapper,
  path: string,
  content: Uint8Array,
  options: SftpWriteOptions,
): Promise<void> {
  const handle = await new Promise<Buffer>((resolve, reject) =>
    sftp.open(path, 'w', (error, opened) => (error === undefined ? resolve(opened) : reject(error))),
  );
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length > 0) await writeChunks(sftp, handle, bytes, options);
  await new Promise<void>((resolve, reject) =>
    sftp.close(handle, (error) => (error ? reject(error) : resolve())),
  );
}

function writeChunks(
  sftp: SFTPWrapper,
  handle: Buffer,
  bytes: Buffer,
  { signal, onSent }: SftpWriteOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = 0;
    let confirmed = 0;
    let failed = false;
    const send = (): void => {
      const length = Math.min(chunkBytes, bytes.length - asked);
      const position = asked;
      asked += length;
      sftp.write(handle, bytes, position, length, position, (error) => {
        if (failed) return;
        if (error || signal?.aborted) {
          failed = true;
          reject(error ?? (signal?.reason as Error));
          return;
        }
        confirmed += length;
        onSent?.(confirmed);
        if (confirmed === bytes.length) resolve();
        else if (asked < bytes.length) send();
      });
    };
    for (let started = 0; started < inFlight && asked < bytes.length; started++) send();
  });
}
