import type { HilError } from '../../harness/hil-error.ts';
import { exec, type ExecOptions, type ExecResult } from './exec.ts';
import type { SshConnection } from './ssh-connection.ts';
import { BoardDiskFullError, BoardReadOnlyError, UploadCommandError } from './upload-error.ts';

/** What a command that failed was about to write, for the error. */
export interface WriteIntent {
  readonly folder: string;
  readonly bytes: number;
}

/**
 * Runs a command that must succeed.
 *
 * @throws {HilError} Disk full, read-only, or what the board printed.
 */
export async function execOrFail(
  connection: SshConnection,
  command: string,
  intent: WriteIntent,
  options: ExecOptions,
): Promise<ExecResult> {
  const result = await exec(connection, command, options);
  if (result.code === 0) return result;
  throw writeError(connection, command, intent, result);
}

/** What is wrong with a board on which a command that writes has failed: its disk, as far as the words tell. */
export function writeError(
  { endpoint: { name } }: SshConnection,
  command: string,
  { folder, bytes }: WriteIntent,
  { code, signal, stderr }: Pick<ExecResult, 'code' | 'signal' | 'stderr'>,
): HilError {
  const said = stderr.trim();
  if (/No space left on device|Disk quota exceeded/i.test(said)) {
    return new BoardDiskFullError(name, folder, bytes, said);
  }
  if (/Read-only file system|Permission denied/i.test(said))
    return new BoardReadOnlyError(name, folder, said);
  return new UploadCommandError(name, command, `${said} (${signal ?? `exit status ${code}`})`);
}
