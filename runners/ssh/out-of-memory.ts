import { exec } from './exec.ts';
import type { SshConnection } from './ssh-connection.ts';

const askTimeoutMs = 2000;

/**
 * What the kernel's log says of a process that it has killed because memory ran out.
 *
 * @returns Undefined if it says nothing, or may not be read.
 */
export async function outOfMemoryLine(connection: SshConnection, pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await exec(
      connection,
      `dmesg 2>/dev/null | grep -F 'Killed process ${pid} ' | tail -n 1`,
      { signal: AbortSignal.timeout(askTimeoutMs) },
    );
    // Without the time since the boot.
    const line = stdout
      .toString('utf8')
      .trim()
      .replace(/^\[[^\]]*\] */, '');
    return line === '' ? undefined : line;
  } catch {
    return undefined;
  }
}
