import { describe, expect, onTestFinished, test, type TestContext, vi } from 'vitest';
import { skipUnlessMet } from '../../machine-needs.ts';
import { findUnknownKey } from '../board-care/unknown-key.ts';
import { connect } from '../connect.ts';
import { exec } from '../exec.ts';
import type { SshAddress, SshEndpoint } from '../ssh-address.ts';
import { needsOf, RealServer, type RealServerOptions } from './real-server.ts';

// Real servers on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

async function start(context: TestContext, options: RealServerOptions): Promise<RealServer> {
  skipUnlessMet(context, ...needsOf(options.kind));
  const server = await RealServer.start(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

const hopOf = ({ address }: RealServer, name: string): SshEndpoint => {
  const { workFolder: _, ...endpoint } = address;
  return { ...endpoint, name };
};

const greeting = async (address: SshAddress): Promise<string> => {
  await using connection = await connect(address, {});
  return (await exec(connection, 'echo hello', {})).stdout.toString();
};

describe('through a jump host', () => {
  test.for(['sshd', 'dropbear'] as const)(
    'of %s a board is reached, and both are closed',
    async (kind, context) => {
      const [gateway, board] = [await start(context, { kind }), await start(context, { kind: 'dropbear' })];
      const address = { ...board.address, jump: [hopOf(gateway, 'board: jump host gateway')] };

      expect(await greeting(address)).toBe('hello\n');
      await expect.poll(() => gateway.sessions()).toBe(0);
    },
  );

  test('the hop that fails is named: it is down', async (context) => {
    const board = await start(context, { kind: 'dropbear' });
    const gateway = { ...hopOf(board, 'board: jump host gateway'), port: 9 };

    await expect(greeting({ ...board.address, jump: [gateway] })).rejects.toMatchObject({
      code: 'HIL_SSH_REFUSED',
      message: expect.stringContaining('board board: jump host gateway (127.0.0.1:9) refuses connections'),
    });
  });

  test('the hop that fails is named: its key is another', async (context) => {
    const [gateway, board] = [await start(context, { kind: 'sshd' }), await start(context, { kind: 'sshd' })];
    const hop = { ...hopOf(gateway, 'board: jump host gateway'), hostKeys: [board.fingerprint] };

    await expect(greeting({ ...board.address, jump: [hop] })).rejects.toMatchObject({
      code: 'HIL_SSH_HOST_KEY_CHANGED',
      message: expect.stringContaining('jump host gateway'),
      hint: expect.stringContaining('npx hil board trust board'),
    });
  });

  test('a board that is off is told from a gateway that is', async (context) => {
    const gateway = await start(context, { kind: 'sshd' });
    const address = { ...gateway.address, port: 9, jump: [hopOf(gateway, 'board: jump host gateway')] };

    await expect(greeting(address)).rejects.toMatchObject({
      code: 'HIL_SSH_BEHIND_JUMP',
      message: expect.stringMatching(
        /^board board \(127.0.0.1:9\) cannot be reached from the jump host: board: jump host gateway says/,
      ),
    });
  });

  test('every key on the way is pinned in its turn', async (context) => {
    const [gateway, board] = [
      await start(context, { kind: 'sshd' }),
      await start(context, { kind: 'dropbear' }),
    ];
    const hop = hopOf(gateway, 'board: jump host gateway');
    const strange = { ...board.address, hostKeys: [], jump: [{ ...hop, hostKeys: [] }] };

    const first = await findUnknownKey(strange, {});
    const second = await findUnknownKey({ ...strange, jump: [hop] }, {});
    const third = await findUnknownKey({ ...board.address, jump: [hop] }, {});

    expect(first).toMatchObject({
      found: gateway.fingerprint,
      endpoint: { name: 'board: jump host gateway' },
    });
    expect(second).toMatchObject({ found: board.fingerprint, endpoint: { name: 'board' } });
    expect(third).toBeUndefined();
  });
});

describe('old firmware', () => {
  const old: RealServerOptions = {
    kind: 'sshd',
    hostKeyType: 'rsa',
    extra: ['KexAlgorithms diffie-hellman-group14-sha1', 'HostKeyAlgorithms ssh-rsa', 'Ciphers aes128-cbc'],
  };

  test('is refused with what both sides offer, and with the entry that would allow it', async (context) => {
    const { address } = await start(context, old);

    await expect(greeting(address)).rejects.toMatchObject({
      code: 'HIL_SSH_ALGORITHMS',
      message: expect.stringMatching(
        /this machine offers curve25519.*; the board offers diffie-hellman-group14-sha1/,
      ),
      hint: expect.stringContaining('algorithms: { kex: [diffie-hellman-group14-sha1] }'),
    });
  });

  test('is refused for its host key too, where only the key exchange is allowed', async (context) => {
    const { address } = await start(context, old);

    await expect(
      greeting({ ...address, oldAlgorithms: { kex: ['diffie-hellman-group14-sha1'] } }),
    ).rejects.toMatchObject({ hint: expect.stringContaining('algorithms: { serverHostKey: [ssh-rsa] }') });
  });

  test('is taken where its entry allows what it needs', async (context) => {
    const { address } = await start(context, old);
    const oldAlgorithms = {
      kex: ['diffie-hellman-group14-sha1'],
      serverHostKey: ['ssh-rsa'],
      cipher: ['aes128-cbc'],
    };

    expect(await greeting({ ...address, oldAlgorithms })).toBe('hello\n');
  });
});

test('an RSA host key is taken by default with a SHA-2 signature', async (context) => {
  const { address } = await start(context, { kind: 'sshd', hostKeyType: 'rsa' });

  expect(await greeting(address)).toBe('hello\n');
});

test('many at a time get through the small door of dropbear', async (context) => {
  const { address } = await start(context, { kind: 'dropbear' });

  const answers = await Promise.all(Array.from({ length: 12 }, () => greeting(address)));

  expect(new Set(answers)).toEqual(new Set(['hello\n']));
});
