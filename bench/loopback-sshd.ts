import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

/** An OpenSSH server on 127.0.0.1 with keys of its own, and what its client needs. */
export interface LoopbackSshd extends AsyncDisposable {
  /** For `ssh` and `scp`: the key, the host key on record, no configuration of the user's. */
  readonly options: readonly string[];
  readonly port: string;
  readonly target: string;
  /** A folder that both sides see. */
  readonly folder: string;
  write(name: string, content: Uint8Array): Promise<void>;
}

const startMs = 5000;

/** @returns The server, or why there is none. `HIL_BENCH_SSHD` names the program if it is not in /usr/sbin. */
export async function startSshd(): Promise<LoopbackSshd | { readonly missing: string }> {
  const program = process.env['HIL_BENCH_SSHD'] ?? '/usr/sbin/sshd';
  if (!existsSync(program)) return { missing: `${program} is not installed (package openssh-server)` };

  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-sshd-'));
  const port = await freePort();
  const execute = promisify(execFile);
  for (const name of ['host', 'user']) {
    await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  }
  await copyFile(join(folder, 'user.pub'), join(folder, 'authorized'));
  const hostKey = (await execute('cat', [join(folder, 'host.pub')])).stdout;
  await writeFile(join(folder, 'known'), `[127.0.0.1]:${port} ${hostKey}`);
  await writeFile(join(folder, 'config'), configuration(folder, port));

  let log = '';
  const server = spawn(program, ['-D', '-e', '-f', join(folder, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const stop = async (): Promise<void> => {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  };
  if (!(await listens(server, port))) {
    await stop();
    return { missing: `${program} does not start: ${log.trim().split('\n')[0] ?? ''}` };
  }
  const settings = [`IdentityFile=${join(folder, 'user')}`, 'IdentitiesOnly=yes', 'BatchMode=yes'];
  const known = `UserKnownHostsFile=${join(folder, 'known')}`;
  return {
    options: ['-F', '/dev/null', ...[...settings, known].flatMap((setting) => ['-o', setting])],
    port: String(port),
    target: `${userInfo().username}@127.0.0.1`,
    folder,
    write: (name, content) => writeFile(join(folder, name), content),
    [Symbol.asyncDispose]: stop,
  };
}

const configuration = (folder: string, port: number): string =>
  [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    `PidFile ${join(folder, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n');

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function listens(server: ChildProcess, port: number): Promise<boolean> {
  const deadline = performance.now() + startMs;
  while (server.exitCode === null && performance.now() < deadline) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return true;
    await setTimeout(20);
  }
  return false;
}
