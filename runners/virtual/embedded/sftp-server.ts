import ssh2, { type SFTPWrapper, type utils } from 'ssh2';
import { FileError, type MemoryFileSystem } from './memory-file-system.ts';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/**
 * Answers SFTP requests from the board's files: making a file, writing and closing it, which is what an upload takes. ssh2 answers all others with "operation unsupported".
 */
export function serveSftp(sftp: SFTPWrapper, files: MemoryFileSystem): void {
  const open = new Map<number, string>();
  let lastHandle = 0;
  const attempt = (request: number, act: () => void): void => {
    try {
      act();
      sftp.status(request, STATUS_CODE.OK);
    } catch (error) {
      sftp.status(request, statusOf(error));
    }
  };
  sftp.on('OPEN', (request, path, flags) => {
    if (flags !== (OPEN_MODE.WRITE | OPEN_MODE.CREAT | OPEN_MODE.TRUNC)) {
      sftp.status(request, STATUS_CODE.OP_UNSUPPORTED);
      return;
    }
    try {
      files.create(path);
    } catch (error) {
      sftp.status(request, statusOf(error));
      return;
    }
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(++lastHandle);
    open.set(lastHandle, path);
    sftp.handle(request, handle);
  });
  sftp.on('WRITE', (request, handle, offset, data) => {
    attempt(request, () => files.write(open.get(handle.readUInt32BE()) ?? '', offset, data));
  });
  sftp.on('CLOSE', (request, handle) => {
    attempt(request, () => open.delete(handle.readUInt32BE()));
  });
}

/** As OpenSSH's sftp-server maps them: a full or read-only disk is just a failure there. */
function statusOf(error: unknown): utils.sftp.STATUS_CODE {
  if (!(error instanceof FileError)) return STATUS_CODE.FAILURE;
  if (error.errno === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE;
  return error.errno === 'EACCES' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}
