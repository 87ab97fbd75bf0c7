import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A PostgreSQL server of a test's own, on loopback, with an empty database. */
export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  /** Ends the server at once, as a crash would; its data stay. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Copies the data as they are now. */
  copy(): Promise<void>;
  /** As a fail-over to a server that lags behind: goes on, on the same port, with the data of the copy. */
  fallBack(): Promise<void>;
}

/** Folder of the server's programs; Debian keeps them off the PATH. */
export function postgresPrograms(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const folders = existsSync(versions)
    ? readdirSync(versions)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(versions, version, 'bin'))
    : [];
  return [...folders, ...(process.env['PATH'] ?? '').split(':')].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** Starts a server in a temporary folder; it goes with its folder when disposed. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'hil-postgres-'));
  // The server refuses to run as root.
  const asRoot = process.getuid?.() === 0;
  const owner = asRoot ? { uid: idOf('postgres', '-u'), gid: idOf('postgres', '-g') } : {};
  if (asRoot) chownSync(folder, owner.uid!, owner.gid!);
  const data = join(folder, 'data');
  const made = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'hil', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { ...owner, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const url = `postgres://hil@127.0.0.1:${port}/postgres`;
  let server: ReturnType<typeof spawn> | undefined;

  const stop = async (signal: 'SIGQUIT' | 'SIGINT'): Promise<void> => {
    const running = server;
    server = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  };
  const start = async (): Promise<void> => {
    server = spawn(
      join(programs, 'postgres'),
      ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
      { ...owner, stdio: 'ignore' },
    );
    for (let attempt = 0; attempt < 300; attempt++) {
      const asked = spawnSync(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]);
      if (asked.status === 0) return;
      await setTimeout(100);
    }
    throw new Error('PostgreSQL did not start within 30 s');
  };
  const replace = async (from: string, to: string): Promise<void> => {
    await stop('SIGQUIT');
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
    await start();
  };
  await start();
  return {
    url,
    kill: () => stop('SIGQUIT'),
    start,
    copy: () => replace(data, `${data}.copy`),
    fallBack: () => replace(`${data}.copy`, data),
    async [Symbol.asyncDispose]() {
      await stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const idOf = (user: string, flag: '-u' | '-g'): number =>
  Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
