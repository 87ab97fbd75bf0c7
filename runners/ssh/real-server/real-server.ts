import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type MachineNeed, program } from '../../machine-needs.ts';
import { quote } from '../quote.ts';
import type { SshAddress } from '../ssh-address.ts';

// For tests: SSH servers as boards have them, on loopback, with a configuration of their own, each in a mount namespace
// that is gone with it. Nothing outside its temporary folder is touched.

export type ServerKind = 'sshd' | 'dropbear';

export interface RealServerOptions {
  readonly kind: ServerKind;
  /** Shell commands that run as root in the server's own mount namespace before it starts; `$ROOT` is its folder. */
  readonly mounts?: string | undefined;
  /**
   * Applets of busybox that make up the whole PATH of the board, with `busybox` as its shell if `sh` is one of them, else
   * dash. The machine's own programs if left out.
   */
  readonly applets?: readonly string[];
  /** The board sees no processes but its own. */
  readonly ownProcesses?: boolean;
  /** Further lines for sshd_config, or arguments for dropbear. */
  readonly extra?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly hostKeyType?: 'ed25519' | 'rsa' | 'ecdsa';
}

/** Mounts of one's own, which takes root. */
const mountNamespaces: MachineNeed = {
  what: 'root and mount namespaces (unshare -m)',
  met: () => spawnSync('unshare', ['-m', 'true'], { stdio: 'ignore' }).status === 0,
};

export const needsOf = (kind: ServerKind): MachineNeed[] => [
  program(kind),
  ...['busybox', 'dash', 'ssh-keygen', 'ps', 'nsenter'].map(program),
  ...(kind === 'dropbear' ? [program('dropbearkey')] : []),
  mountNamespaces,
];

/**
 * Applets of a small vendor build: no hash programs, no setsid, no timeout, no stat, no openssl. Its shell is dash, since
 * Debian's busybox shell has all applets of its own, whatever the PATH says.
 */
export const fewApplets = [
  'cat', 'chmod', 'cp', 'cut', 'date', 'df', 'dmesg', 'echo', 'find', 'grep', 'head', 'id', 'kill', 'ln', 'ls', 'mkdir', 'mv',
  'ps', 'pwd', 'rm', 'rmdir', 'sed', 'sleep', 'sort', 'tail', 'test', 'touch', 'tr', 'uname', 'wc', 'dd',
]; // prettier-ignore

/** An SSH server that runs. */
export class RealServer implements AsyncDisposable {
  readonly port: number;
  /** Temporary folder, with `home` (what $HOME is on this board) and `board` for everything else. */
  readonly root: string;
  readonly fingerprint: string;
  readonly #process: ChildProcess;
  readonly #stderr: string[];

  private constructor(root: string, port: number, fingerprint: string, child: ChildProcess) {
    this.root = root;
    this.port = port;
    this.fingerprint = fingerprint;
    this.#process = child;
    this.#stderr = [];
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#stderr.push(text));
  }

  static async start(options: RealServerOptions): Promise<RealServer> {
    const root = mkdtempSync(join(tmpdir(), 'hil-board-'));
    chmodSync(root, 0o755);
    for (const folder of ['home/.ssh', 'board', 'bin'])
      mkdirSync(join(root, folder), { recursive: true, mode: 0o755 });
    const keyFile = join(root, 'client-key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile]);
    writeFileSync(join(root, 'home/.ssh/authorized_keys'), readFileSync(`${keyFile}.pub`), { mode: 0o600 });
    const fingerprint = makeHostKey(root, options);
    const port = await freePort();
    const namespaces = options.ownProcesses ? ['-m', '-p', '--fork', '--kill-child'] : ['-m'];
    const child = spawn('unshare', [...namespaces, 'sh', '-ec', startScript(root, port, options)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      env: { ...process.env, ...options.env, ROOT: root },
    });
    const server = new RealServer(root, port, fingerprint, child);
    await server.#answers();
    return server;
  }

  /** How the board is reached, with a work folder that does not exist yet. */
  get address(): SshAddress {
    return {
      name: 'board',
      host: '127.0.0.1',
      port: this.port,
      user: userInfo().username,
      hostKeys: [this.fingerprint],
      credentials: [{ kind: 'key', privateKey: readFileSync(this.keyFile, 'utf8') }],
      workFolder: this.path('hil'),
    };
  }

  get keyFile(): string {
    return join(this.root, 'client-key');
  }

  /** What the server wrote to its log. */
  get log(): string {
    return this.#stderr.join('');
  }

  /** A path on the board. */
  path(name: string): string {
    return join(this.root, 'board', name);
  }

  /** Connections that are logged in or about to be. */
  sessions(): number {
    const pairs = processPairs();
    const server = pairs.find(([own]) => own === this.#process.pid)?.[0];
    return pairs.filter(([, parent]) => parent === server).length;
  }

  /** Runs a shell command where the board's mounts are seen. */
  inside(command: string): string {
    return execFileSync('nsenter', ['-m', '-t', String(this.#process.pid), 'sh', '-c', command], {
      encoding: 'utf8',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode } = this.#process;
    if (pid !== undefined && exitCode === null) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve));
      // The server and what it started for connections that are still open.
      killTree(pid);
      await ended;
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    for (let wait = 0; wait < 200; wait++) {
      if (this.#process.exitCode !== null) break;
      if (await greets(this.port)) return;
      await setTimeout(50);
    }
    const { log } = this;
    await this[Symbol.asyncDispose]();
    throw new Error(`the SSH server does not start: ${log}`);
  }
}

function makeHostKey(root: string, { kind, hostKeyType = 'ed25519' }: RealServerOptions): string {
  const file = join(root, 'host-key');
  if (kind === 'sshd') {
    execFileSync('ssh-keygen', ['-q', '-t', hostKeyType, '-N', '', '-f', file]);
    return /SHA256:\S+/.exec(execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }))![0];
  }
  const said = execFileSync('dropbearkey', ['-t', hostKeyType, '-f', file], { encoding: 'utf8' });
  writeFileSync(`${file}.pub`, /^(?:ssh|ecdsa)\S* .*$/m.exec(said)![0]);
  return /SHA256:\S+/.exec(execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }))![0];
}

function startScript(
  root: string,
  port: number,
  { kind, mounts = '', applets, extra = [], env = {}, ownProcesses = false }: RealServerOptions,
): string {
  const path = applets ? join(root, 'bin') : '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';
  // The shell of the one who logs in is taken out of play: a board has busybox.
  const shell = applets ? `${join(root, 'bin')}/sh` : '/bin/sh';
  const wrapper = join(root, 'session');
  const exports = Object.entries({ ...env, PATH: path, HOME: '/root' }).map(
    ([name, value]) => `export ${name}=${quote(value)}`,
  );
  writeFileSync(
    wrapper,
    `#!/bin/sh\n${exports.join('\n')}\nif [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec ${shell} -c "$SSH_ORIGINAL_COMMAND"; fi\nexec ${shell}\n`,
    { mode: 0o755 },
  );
  const setUp = [
    'mount --make-rprivate /',
    ...(ownProcesses ? ['mount -t proc proc /proc'] : []),
    `mount --bind ${quote(root)} ${quote(root)}`,
    'mount -t tmpfs tmpfs /run',
    'mkdir -p /run/sshd',
    `mount --bind ${quote(join(root, 'home'))} /root`,
    ...(applets ?? []).map((applet) => `ln -s /bin/busybox ${quote(join(root, 'bin', applet))}`),
    ...(applets && !applets.includes('sh') ? [`ln -s /bin/dash ${quote(join(root, 'bin/sh'))}`] : []),
    mounts,
    // Whatever a board does in the end, this machine stays as it is.
    'mount -o remount,bind,ro /',
  ];
  if (kind === 'dropbear') {
    const words = ['dropbear', '-F', '-E', '-m', '-e', '-r', join(root, 'host-key'), '-P', join(root, 'pid')];
    return [
      ...setUp,
      `PATH=$PATH:/usr/sbin:/sbin exec ${[...words, '-p', `127.0.0.1:${port}`, '-c', wrapper, ...extra].map(quote).join(' ')}`,
    ].join('\n');
  }
  writeFileSync(
    join(root, 'sshd_config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(root, 'host-key')}`,
      `PidFile ${join(root, 'pid')}`,
      'AuthorizedKeysFile .ssh/authorized_keys',
      'PermitRootLogin yes',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'LogLevel VERBOSE',
      'Subsystem sftp internal-sftp',
      ...extra,
      // Not for SFTP, which a forced command would replace.
      ...(applets === undefined && Object.keys(env).length === 0 ? [] : [`ForceCommand ${wrapper}`]),
    ].join('\n'),
  );
  return [
    ...setUp,
    `exec "$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)" -D -e -f ${quote(join(root, 'sshd_config'))}`,
  ].join('\n');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Whether somebody says "SSH-2.0" on a port. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = createConnection({ port, host: '127.0.0.1' });
    const done = (heard: boolean): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once('error', () => done(false));
    socket.once('data', (data) => done(data.toString('latin1').startsWith('SSH-2.0')));
    socket.setTimeout(1000, () => done(false));
  });
}

/** Every process of this machine and its parent. */
const processPairs = (): number[][] =>
  spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));

/** Kills a process and everything that descends from it. */
function killTree(pid: number): void {
  const pairs = processPairs();
  const family = [pid];
  for (const member of family)
    family.push(...pairs.filter(([, parent]) => parent === member).map(([own]) => own!));
  for (const member of family.reverse()) {
    try {
      process.kill(member, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}
