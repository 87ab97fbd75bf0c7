import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { missing } from '../machine-needs.ts';
import { needsOfStandIn } from '../ssh/real-server/board-with-stand-in.ts';
import { startStandInRig } from './stand-in-rig.ts';

const reason = missing(...needsOfStandIn('sshd'));
const suite = `faults of the network${reason === undefined ? '' : ` (${reason})`}`;

/** A port whose listener is stopped and full: a connection to it gets no answer at all. */
async function deadPort(): Promise<number> {
  const program = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 },
    function () { process.stdout.write(String(this.address().port)); });`;
  const child: ChildProcess = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [port] = (await once(child.stdout!, 'data')) as [Buffer];
  child.kill('SIGSTOP');
  const fillers: Socket[] = [];
  for (let i = 0; i < 6; i++) {
    const socket = createConnection({ port: Number(port), host: '127.0.0.1' });
    socket.on('error', () => undefined);
    fillers.push(socket);
  }
  onTestFinished(() => {
    for (const socket of fillers) socket.destroy();
    child.kill('SIGKILL');
  });
  await delay(100);
  return Number(port);
}

/** File of a private key that no board knows. */
function newKey(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hil-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  return join(folder, 'key');
}

describe.skipIf(reason !== undefined)(suite, { timeout: 120_000 }, () => {
  test('fault 0: without one the case passes, warm as well as cold, over one connection', async () => {
    const rig = await startStandInRig();

    const cold = await rig.run();
    const warm = await rig.run();

    expect([cold.verdict, warm.verdict]).toEqual(['passed', 'passed']);
    expect(rig.proxy.accepted).toBe(1);
    await rig.expectNothingLeft();
  });

  test('fault 1: connection refused', async () => {
    const rig = await startStandInRig();
    await rig.proxy.stopListening();

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      error: {
        code: 'HIL_SSH_REFUSED',
        owner: 'lab',
        hint: expect.stringContaining('wait until it has booted'),
      },
    });
    expect(record.attempts).toHaveLength(3);
    await rig.expectNothingLeft();
  });

  test('fault 2: host unreachable', async () => {
    const rig = await startStandInRig({ entry: { port: await deadPort() }, other: true });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(record.attempts.map(({ error }) => error.code)).toEqual(Array(3).fill('HIL_SSH_UNREACHABLE'));
    await rig.expectNothingLeft();
  });

  test('fault 3: host name cannot be resolved', async () => {
    const rig = await startStandInRig({ entry: { host: 'no-such-board.invalid' } });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'broken', class: 'infra' });
    // A resolver that cannot be reached either is slower than our patience.
    expect(record.error?.code).toMatch(/^HIL_SSH_(NAME|UNREACHABLE)$/);
    expect(record.error?.message).toContain('no-such-board.invalid');
    await rig.expectNothingLeft();
  });

  test('fault 4: TCP accepts, no banner; a power hook brings the board back', async () => {
    const cycled: string[] = [];
    const rig = await startStandInRig({
      care: {
        bootBudgetMs: 5000,
        powerCycle: async () => {
          cycled.push('cycle');
          rig.proxy.fault = undefined;
        },
      },
    });
    rig.proxy.fault = { kind: 'silent' };

    const record = await rig.run();

    expect(record.verdict).toBe('passed');
    expect(record.attempts.map(({ error }) => error.code)).toEqual(
      Array(3).fill('HIL_SSH_HANDSHAKE_TIMEOUT'),
    );
    expect(cycled).toEqual(['cycle']);
    await rig.expectNothingLeft();
  });

  test.each(['fin', 'rst'] as const)('fault 5: server closes before the banner (%s)', async (how) => {
    const rig = await startStandInRig();
    rig.proxy.fault = { kind: 'close', how };
    rig.proxy.times = 2;

    const record = await rig.run();

    expect(record.verdict).toBe('passed');
    expect(record.attempts.map(({ error }) => error.code)).toEqual(Array(2).fill('HIL_SSH_CLOSED_EARLY'));
    await rig.expectNothingLeft();
  });

  test('fault 6: host key changed', async () => {
    const onRecord = `SHA256:${'A'.repeat(43)}`;
    const rig = await startStandInRig({ entry: { hostKeys: [onRecord] }, other: true });

    const record = await rig.run();
    const next = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      attempts: [],
      error: {
        code: 'HIL_SSH_HOST_KEY_CHANGED',
        message: expect.stringContaining(rig.server.fingerprint),
        hint: expect.stringContaining('Find out why before anything else'),
      },
    });
    expect(record.error?.message).toContain(onRecord);
    expect(rig.setAside.map(({ board }) => board)).toEqual(['board']);
    expect(next).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    await rig.expectNothingLeft();
  });

  test('fault 7: host key unknown', async () => {
    const rig = await startStandInRig({ entry: { hostKeys: [] } });

    const record = await rig.run();
    const next = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      attempts: [],
      error: {
        code: 'HIL_SSH_HOST_KEY_UNKNOWN',
        message: expect.stringContaining(rig.server.fingerprint),
        hint: expect.stringContaining('hil board trust'),
      },
    });
    expect(next).toMatchObject({ verdict: 'broken', class: 'precluded' });
    await rig.expectNothingLeft();
  });

  test('fault 8: none of the ways to log in is accepted', async () => {
    const rig = await startStandInRig({ entry: { credentials: [{ key: newKey() }] }, other: true });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(record.attempts).toMatchObject([{ board: 'board', error: { code: 'HIL_SSH_LOGIN' } }]);
    expect(rig.setAside.map(({ board }) => board)).toEqual(['board']);
    expect(JSON.stringify(record)).not.toContain('PRIVATE KEY');
    await rig.expectNothingLeft();
  });

  test('fault 9: no algorithm in common', async () => {
    const rig = await startStandInRig({
      server: { extra: ['KexAlgorithms diffie-hellman-group1-sha1'] },
    });

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      attempts: [],
      error: { code: 'HIL_SSH_ALGORITHMS', message: expect.stringContaining('diffie-hellman-group1-sha1') },
    });
    expect(record.error?.hint).toMatch(/legacy|kex/);
    await rig.expectNothingLeft();
  });

  test('fault 10: jump host down', async () => {
    const hostKeys = [`SHA256:${'A'.repeat(43)}`];
    const jump = { host: '127.0.0.1', port: 1, user: 'root', hostKeys, credentials: [{ key: newKey() }] };
    const rig = await startStandInRig({ entry: { jump: [jump] } });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'broken', class: 'infra' });
    expect(record.error?.message).toContain('127.0.0.1:1');
    expect(record.error?.message).toMatch(/jump/);
    expect(record.attempts.length).toBe(3);
    await rig.expectNothingLeft();
  });

  test('fault 11: too many channels on one connection', async () => {
    const rig = await startStandInRig({ server: { extra: ['MaxSessions 1'] } });

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      error: { code: 'HIL_SSH_CHANNELS', owner: 'harness' },
      attempts: [{ error: { code: 'HIL_SSH_CHANNELS' } }],
    });
    await rig.expectNothingLeft();
  });

  test('fault 12: connection drops while uploading', async () => {
    const rig = await startStandInRig();
    rig.proxy.fault = { kind: 'drop', direction: 'up', atByte: 30_000, how: 'rst' };
    rig.proxy.times = 1;

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', attempts: [{ error: { code: 'HIL_SSH_LOST' } }] });
    await rig.expectNothingLeft();
  });

  test('fault 27: connection drops in the middle of a run', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'delay', ms: 1500, times: 1 } };
    const running = rig.run();
    await expect.poll(() => rig.npu.openContexts, { timeout: 10_000 }).toBe(1);
    await delay(300);

    rig.proxy.drop('rst');
    const record = await running;

    expect(record).toMatchObject({
      verdict: 'passed',
      attempts: [{ error: { code: 'HIL_SSH_LOST' }, bootId: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
    });
    await rig.expectNothingLeft();
  });

  test('fault 38: slow drip', async () => {
    const rig = await startStandInRig({ other: true });
    rig.proxy.fault = { kind: 'rate', direction: 'down', bytesPerSecond: 20, fromByte: 6000 };

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(new Set(record.attempts.map(({ error }) => error.owner))).toEqual(new Set(['lab']));
    await rig.expectNothingLeft();
  });

  test('fault 52: the board freezes, TCP stays open', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'delay', ms: 60_000, times: 1 } };
    const running = rig.run();
    await expect.poll(() => rig.npu.openContexts, { timeout: 10_000 }).toBe(1);
    await delay(300);

    rig.proxy.freeze();
    const record = await running;

    expect(record).toMatchObject({ verdict: 'passed', attempts: [{ error: { code: 'HIL_SSH_FROZEN' } }] });
    rig.proxy.drop('rst');
    await rig.expectNothingLeft();
  });

  test('fault 53: a packet is damaged on the way', async () => {
    const rig = await startStandInRig();
    rig.proxy.fault = { kind: 'corrupt', direction: 'down', atByte: 6000 };
    rig.proxy.times = 1;

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', attempts: [{ error: { code: 'HIL_SSH_CORRUPT' } }] });
    await rig.expectNothingLeft();
  });
});
