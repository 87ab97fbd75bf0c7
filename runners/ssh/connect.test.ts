import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, connect as connectTcp, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EmbeddedBoard } from '../virtual/embedded/embedded-board.ts';
import type { EmbeddedFaults } from '../virtual/embedded/embedded-faults.ts';
import { FakeNpu } from '../virtual/embedded/fake-npu.ts';
import { freshKey } from '../virtual/embedded/fresh-key.ts';
import { connect, type ConnectOptions } from './connect.ts';
import { exec } from './exec.ts';
import { fingerprintOf, isPinned } from './host-key.ts';
import type { SshAddress } from './ssh-address.ts';
import type { SshConnection } from './ssh-connection.ts';

async function startBoard(faults: EmbeddedFaults = {}): Promise<EmbeddedBoard> {
  const board = await EmbeddedBoard.start({ name: 'board', npu: new FakeNpu(), faults });
  onTestFinished(() => board[Symbol.asyncDispose]());
  return board;
}

async function open(address: SshAddress, options: ConnectOptions = {}): Promise<SshConnection> {
  const connection = await connect(address, options);
  onTestFinished(() => connection[Symbol.asyncDispose]());
  return connection;
}

/** A TCP server that does with its connections what the test says. */
async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A proxy in front of a board that may change what the board sends. */
const proxy = (board: EmbeddedBoard, change: (chunk: Buffer) => Buffer | undefined): Promise<number> =>
  listen((socket) => {
    const target = connectTcp(board.address.port, '127.0.0.1');
    socket.pipe(target);
    target.on('error', () => undefined);
    target.on('data', (chunk) => {
      const changed = change(chunk);
      if (changed) socket.write(changed);
    });
    target.on('close', () => socket.destroy());
    socket.on('close', () => target.destroy());
  });

test('logs in with a key and runs a command', async () => {
  const board = await startBoard();

  const connection = await open(board.address);

  const { code, stdout } = await exec(connection, 'uname -srm', {});
  expect(code).toBe(0);
  expect(stdout.toString()).toBe('Linux 4.4.194-virtual aarch64\n');
  expect(connection.alive).toBe(true);
});

describe('a board that cannot be reached', () => {
  test('refuses connections', async () => {
    const board = await startBoard({ refuseConnections: true });

    await expect(open(board.address)).rejects.toMatchObject({ code: 'HIL_SSH_REFUSED', retry: 'same-board' });
  });

  test('has a name that nobody knows', async () => {
    const board = await startBoard();

    await expect(open({ ...board.address, host: 'no-such-board.invalid' })).rejects.toMatchObject({
      code: 'HIL_SSH_NAME',
    });
  });

  test('accepts connections and says nothing', async () => {
    const { address } = await startBoard();
    const port = await listen(() => undefined);

    await expect(open({ ...address, port }, { handshakeTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'HIL_SSH_HANDSHAKE_TIMEOUT',
      owner: 'lab',
    });
  });

  test('closes connections at once', async () => {
    const board = await startBoard({ closeEarly: true });

    await expect(open(board.address)).rejects.toMatchObject({ code: 'HIL_SSH_CLOSED_EARLY' });
  });

  test('closes connections in the middle of the handshake', async () => {
    const { address } = await startBoard();
    const port = await listen((socket) => socket.end('SSH-2.0-dropbear_2022.83\r\n'));

    await expect(open({ ...address, port })).rejects.toMatchObject({ code: 'HIL_SSH_CLOSED_EARLY' });
  });

  test('has no algorithm in common with us', async () => {
    const { address } = await startBoard();
    const hostKey = freshKey().text;
    const server = new ssh2.Server({
      hostKeys: [hostKey],
      algorithms: { kex: ['diffie-hellman-group1-sha1'] },
    });
    server.on('connection', (client: ssh2.Connection) => client.on('error', () => undefined));
    const port = await listen((socket) => server.injectSocket(socket));

    await expect(open({ ...address, port })).rejects.toMatchObject({
      code: 'HIL_SSH_ALGORITHMS',
      message: expect.stringMatching(
        /no SSH algorithm in common .*: KEX method: this machine offers curve25519-sha256.*; the board offers diffie-hellman-group1-sha1$/,
      ),
      hint: expect.stringContaining('algorithms: { kex: [diffie-hellman-group1-sha1] }'),
    });
  });

  test('has an entry with an algorithm that does not exist', async () => {
    const { address } = await startBoard();

    await expect(open({ ...address, oldAlgorithms: { kex: ['rot13'] } })).rejects.toMatchObject({
      code: 'HIL_SSH_CONFIG',
      message: expect.stringContaining('Unsupported algorithm: rot13'),
    });
  });

  test('is given up when the signal aborts', async () => {
    const { address } = await startBoard();
    const controller = new AbortController();
    const port = await listen(() => controller.abort(new Error('enough')));

    await expect(open({ ...address, port }, { signal: controller.signal })).rejects.toThrow('enough');
  });
});

describe('the host key', () => {
  // Made with ssh-keygen -t ed25519; the fingerprint is what ssh-keygen -l prints for it.
  const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIGdymnZvAn/cGClwMZ01zu/H3Bc3ym1Up5zpY0M3YGHV', 'base64');
  const fingerprint = 'SHA256:kxM+iMfBhQHF5hplLp+l7R7Vm4FvOdsYJoL1QeyRbFc';

  test('is named as ssh-keygen names it', () => {
    expect(fingerprintOf(key)).toBe(fingerprint);
  });

  test('is accepted if it is one of those on record', () => {
    expect(isPinned(fingerprint, ['SHA256:short', fingerprint])).toBe(true);
    expect(isPinned(fingerprint, [fingerprint.toLowerCase()])).toBe(false);
    expect(isPinned(fingerprint, [])).toBe(false);
  });

  test('may be one of several on record', async () => {
    const { address } = await startBoard();

    const connection = await open({ ...address, hostKeys: [fingerprint, ...address.hostKeys] });

    expect(connection.alive).toBe(true);
  });

  test('stops everything when it has changed, and both are shown', async () => {
    const { address } = await startBoard({ changeHostKey: true });

    const error = await open(address).catch((thrown: Error) => thrown);

    expect(error).toMatchObject({ code: 'HIL_SSH_HOST_KEY_CHANGED', owner: 'lab', retry: 'never' });
    expect((error as Error).message).toMatch(/: it shows SHA256:[\w+/]{43}, on record is SHA256:[\w+/]{43}$/);
    expect((error as Error).message).toContain(address.hostKeys[0]);
  });

  test('is shown when none is on record, and not accepted', async () => {
    const { address } = await startBoard();

    await expect(open({ ...address, hostKeys: [] })).rejects.toMatchObject({
      code: 'HIL_SSH_HOST_KEY_UNKNOWN',
      message: expect.stringContaining(`it shows ${address.hostKeys[0]}`),
    });
  });
});

describe('logging in', () => {
  const strangerKey = freshKey().text;

  test('fails with a key that the board does not know', async () => {
    const { address } = await startBoard();
    const credentials = [{ kind: 'key', privateKey: strangerKey }] as const;

    await expect(open({ ...address, credentials })).rejects.toMatchObject({
      code: 'HIL_SSH_LOGIN',
      retry: 'other-board',
    });
  });

  test('is refused by an embedded board for passwords and other users', async () => {
    const { address } = await startBoard();
    const credentials = [{ kind: 'password', password: 'rockchip' }] as const;

    await expect(open({ ...address, credentials })).rejects.toMatchObject({ code: 'HIL_SSH_LOGIN' });
    await expect(open({ ...address, user: 'toybrick' })).rejects.toMatchObject({ code: 'HIL_SSH_LOGIN' });
  });

  test('goes on to the next way when one fails', async () => {
    const { address } = await startBoard();
    const credentials = [
      { kind: 'agent', socket: '/no/such/agent.sock' } as const,
      { kind: 'key', privateKey: strangerKey } as const,
      ...address.credentials,
    ];

    const connection = await open({ ...address, credentials });

    expect(connection.alive).toBe(true);
  });

  test('works with a password where the board takes one', async () => {
    const { address } = await startBoard();
    const hostKey = freshKey();
    const server = new ssh2.Server({ hostKeys: [hostKey.text] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => {
        if (context.method === 'password' && context.password === 'rockchip') context.accept();
        else context.reject(['password']);
      });
    });
    const port = await listen((socket) => server.injectSocket(socket));
    const hostKeys = [fingerprintOf(hostKey.key.getPublicSSH())];
    const credentials = [{ kind: 'password', password: 'rockchip' }] as const;

    const connection = await open({ ...address, port, hostKeys, credentials });

    expect(connection.alive).toBe(true);
  });

  test('works with a key that only an agent has', async () => {
    const { address } = await startBoard();
    const [credential] = address.credentials;
    if (credential?.kind !== 'key') throw new Error('an embedded board takes a key');
    const socket = await startAgent(parsed(credential.privateKey));

    const connection = await open({ ...address, credentials: [{ kind: 'agent', socket }] });

    expect(connection.alive).toBe(true);
  });
});

function parsed(key: string): ParsedKey {
  const result = ssh2.utils.parseKey(key);
  if (result instanceof Error) throw result;
  return result;
}

/** An agent that holds one key. @returns The path of its socket. */
async function startAgent(key: ParsedKey): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hil-agent-'));
  const path = join(folder, 'agent.sock');
  const server = createServer((socket) => {
    const protocol = new ssh2.AgentProtocol(false);
    protocol.on('identities', (request) => protocol.getIdentitiesReply(request, [key]));
    protocol.on('sign', (request, _publicKey, data) => protocol.signReply(request, key.sign(data)));
    socket.pipe(protocol).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return path;
}

describe('an open connection', () => {
  test('is over when the board goes, and says so', async () => {
    const board = await startBoard();
    const connection = await open(board.address);

    board.reboot();

    await expect.poll(() => connection.alive).toBe(false);
    await expect(exec(connection, 'true', {})).rejects.toMatchObject({ code: 'HIL_SSH_LOST', owner: 'lab' });
  });

  test('is over when the board answers no more, though it is open', async () => {
    const board = await startBoard();
    let frozen = false;
    const port = await proxy(board, (chunk) => (frozen ? undefined : chunk));
    const connection = await open({ ...board.address, port }, { keepaliveMs: 20 });

    frozen = true;

    await expect(exec(connection, 'true', {})).rejects.toMatchObject({ code: 'HIL_SSH_FROZEN' });
    expect(connection.alive).toBe(false);
  });

  test('is over when a packet arrives damaged', async () => {
    const board = await startBoard();
    let damage = false;
    const port = await proxy(board, (chunk) => {
      if (damage) chunk[chunk.length - 1]! ^= 1;
      return chunk;
    });
    const connection = await open({ ...board.address, port });

    damage = true;

    await expect(exec(connection, 'true', {})).rejects.toMatchObject({ code: 'HIL_SSH_CORRUPT' });
  });

  test('is closed once, however often it is disposed, and even if the board is frozen', async () => {
    const board = await startBoard();
    let frozen = false;
    const port = await proxy(board, (chunk) => (frozen ? undefined : chunk));
    const connection = await open({ ...board.address, port });
    frozen = true;

    await connection[Symbol.asyncDispose]();
    await connection[Symbol.asyncDispose]();

    expect(connection.alive).toBe(false);
  });
});
