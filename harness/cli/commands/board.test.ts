import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { stringify } from 'yaml';
import { skipUnlessMet } from '../../../runners/machine-needs.ts';
import {
  needsOfStandIn,
  startBoardWithStandIn,
} from '../../../runners/ssh/real-server/board-with-stand-in.ts';
import { connect } from '../../../runners/ssh/connect.ts';
import { BoardLock } from '../../../runners/ssh/lock/board-lock.ts';
import type { RealServer, RealServerOptions } from '../../../runners/ssh/real-server/real-server.ts';
import type { Finding } from '../../board/board-look.ts';
import { loadProject } from '../../project/project.ts';
import { temporaryProject } from '../../spec/temporary-project.ts';
import { cli, fakeIo } from '../fake-io.ts';
import { openHistory } from '../open-history.ts';
import { runCli } from '../program.ts';

const timeoutMs = 60_000;

interface Rig {
  readonly root: string;
  readonly server: RealServer;
  /** Replaces the board's entry. */
  readonly configure: (changes: Record<string, unknown>) => void;
  readonly hil: (...args: string[]) => ReturnType<typeof cli>;
}

/** A project whose board is behind a real SSH server. */
async function startRig(
  context: TestContext,
  options: Partial<RealServerOptions> = {},
  changes: Record<string, unknown> = {},
): Promise<Rig> {
  skipUnlessMet(context, ...needsOfStandIn('sshd'));
  const { server, entry } = await startBoardWithStandIn({ kind: 'sshd', applets: ['sh'], ...options });
  const place = temporaryProject();
  onTestFinished(() => place[Symbol.dispose]());
  const configure = (more: Record<string, unknown>): void =>
    writeFileSync(place.path('hil.config.yaml'), stringify({ boards: [{ ...entry, ...more }] }));
  configure(changes);
  return { root: place.root, server, configure, hil: (...args) => cli(place.root, ...args) };
}

const findingsOf = (json: string): readonly Finding[] =>
  (JSON.parse(json) as { findings: Finding[] }[])[0]!.findings;

test('hil board list shows address, SDKs and whether the key is pinned, and touches no board', async () => {
  using place = temporaryProject({
    'hil.config.yaml': stringify({
      boards: [
        { name: 'sim', kind: 'virtual', sdks: ['1.7.5'] },
        {
          name: 'stick-1',
          kind: 'ssh',
          host: '192.0.2.8',
          user: 'toybrick',
          tags: ['usb'],
          sdks: ['1.6.1', '1.7.5'],
        },
      ],
    }),
    'hil.known-boards.yaml': `boards: { stick-1: ["SHA256:${'a'.repeat(43)}"] }`,
  });

  const { code, stdout, stderr } = await cli(place.root, 'board', 'list');

  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'board    kind     address             chip                SDKs          tags  host key pinned',
    'sim      virtual                      RK1808 (simulated)  1.7.5',
    'stick-1  ssh      toybrick@192.0.2.8  RK1808              1.6.1, 1.7.5  usb   yes',
    '',
  ]);
  expect(stderr).toBe('');
});

test('hil board check names the nearest board', async () => {
  using place = temporaryProject({
    'hil.config.yaml': 'boards: [{ name: stick-1, kind: ssh, host: h, sdks: [1.7.5] }]',
  });

  const { code, stderr } = await cli(place.root, 'board', 'check', 'stik-1');

  expect(code).toBe(2);
  expect(stderr).toContain('no board is called stik-1; did you mean stick-1?');
});

test('hil board check says of each thing whether it is right', { timeout: timeoutMs }, async (context) => {
  const { hil, server } = await startRig(context);

  const { code, stdout } = await hil('board', 'check');

  expect(stdout).toMatch(/^board\n {2}ok {4}server: OpenSSH_/);
  expect(stdout).toContain('chip: RK1808, simulated');
  expect(stdout).toMatch(/memory: \d+ MiB free of \d+ MiB/);
  expect(stdout).toContain(`work folder: ${server.address.workFolder}`);
  expect(stdout).toContain('clock: right');
  expect(stdout).toContain('leftovers: none');
  // The stand-in's NPU of this test computes no networks, so the canary has to fail.
  expect(stdout).toMatch(/FAIL {2}canary, SDK 1.7.5: the canary model (failed|could not run)/);
  expect(code).toBe(3);
});

test('hil board check of a board that is off says so and goes on with the next', async () => {
  using place = temporaryProject({
    key: '',
    'hil.config.yaml': stringify({
      boards: [
        {
          name: 'off',
          kind: 'ssh',
          host: '127.0.0.1',
          port: 9,
          sdks: ['1.7.5'],
          credentials: [{ password: { env: 'P' } }],
        },
        { name: 'virtual', kind: 'virtual', sdks: ['1.7.5'] },
      ],
    }),
  });
  const { io, written } = fakeIo(place.root);

  const code = await runCli(['board', 'check'], { ...io, env: { ...io.env, P: 'secret of mine' } });

  expect(code).toBe(3);
  expect(written.stdout).toContain('FAIL  connection: board off (127.0.0.1:9) refuses connections');
  expect(written.stdout).toContain('virtual\n  ok    canary, SDK 1.7.5');
  expect(written.stdout + written.stderr).not.toContain('secret of mine');
});

test('a real board without a canary is told to be unproven', { timeout: timeoutMs }, async (context) => {
  const { hil } = await startRig(context, {}, { simulated: false });

  const { stdout } = await hil('board', 'check', '--json');

  expect(findingsOf(stdout)).toContainEqual(
    expect.objectContaining({
      check: 'canary, SDK 1.7.5',
      level: 'warn',
      message: expect.stringMatching(/^not run/),
    }),
  );
  expect(findingsOf(stdout)).toContainEqual(
    expect.objectContaining({ check: 'NPU driver', level: 'fail', message: 'galcore is not loaded' }),
  );
});

test(
  'hil board trust shows a new key, pins nothing without a person or its fingerprint, and pins it with',
  { timeout: timeoutMs },
  async (context) => {
    const { root, server, hil } = await startRig(context, {}, { hostKeys: [] });
    const pins = `${root}/hil.known-boards.yaml`;

    const check = await hil('board', 'check');
    const silent = await hil('board', 'trust', 'board');
    const wrong = await hil('board', 'trust', 'board', '--yes', '--fingerprint', `SHA256:${'b'.repeat(43)}`);
    const pinnedTooEarly = existsSync(pins);
    const right = await hil('board', 'trust', 'board', '--yes', '--fingerprint', server.fingerprint);
    const again = await hil('board', 'trust', 'board');

    expect(check.stdout).toContain('next: Compare the fingerprint');
    expect(check.stdout).toContain('npx hil board trust board');
    expect(silent).toMatchObject({ code: 2, stdout: expect.stringContaining(server.fingerprint) });
    expect(wrong).toMatchObject({ code: 3, stdout: expect.stringContaining('Nothing is pinned') });
    expect(pinnedTooEarly).toBe(false);
    expect(right).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Pinned in hil.known-boards.yaml'),
    });
    expect(readFileSync(pins, 'utf8')).toContain(`board:\n    - ${server.fingerprint}`);
    expect(again).toMatchObject({ code: 0, stdout: 'The host key of board is pinned.\n' });
  },
);

test('hil board trust asks a person at a terminal', { timeout: timeoutMs }, async (context) => {
  const { root, server } = await startRig(context, {}, { hostKeys: [] });
  const { io, written } = fakeIo(root);
  const typed = Object.assign(new PassThrough(), { isTTY: true as const });
  const stderr = Object.assign(new PassThrough(), { isTTY: true as const });
  stderr.on('data', (text: Buffer) => {
    if (text.toString().includes('Type yes')) typed.write('yes\n');
  });

  const code = await runCli(['board', 'trust', 'board'], { ...io, stdin: typed, stderr });

  expect(code).toBe(0);
  expect(written.stdout).toContain('Pinned');
  expect(readFileSync(`${root}/hil.known-boards.yaml`, 'utf8')).toContain(server.fingerprint);
});

test(
  'hil board trust shows the old key beside one that has changed',
  { timeout: timeoutMs },
  async (context) => {
    const old = `SHA256:${'c'.repeat(43)}`;
    const { root, server, hil } = await startRig(context, {}, { hostKeys: [] });
    writeFileSync(`${root}/hil.known-boards.yaml`, `# ours\nboards: { board: ["${old}"] }\n`);

    const { stdout } = await hil('board', 'trust', 'board', '--yes', '--fingerprint', server.fingerprint);

    expect(stdout).toContain(`ON RECORD IS ANOTHER KEY:\n  ${old}\n`);
    const pins = readFileSync(`${root}/hil.known-boards.yaml`, 'utf8');
    expect(pins).toContain('# ours');
    expect(pins).toContain(server.fingerprint);
    expect(pins).not.toContain(old);
  },
);

test(
  'hil board clean kills our runners and removes our files, and nothing else',
  { timeout: timeoutMs },
  async (context) => {
    const { server, hil } = await startRig(context);
    const work = server.address.workFolder;
    mkdirSync(`${work}/bin/x`, { recursive: true });
    mkdirSync(`${work}/cache`, { recursive: true });
    writeFileSync(`${work}/cache/one`, 'x'.repeat(10_000));
    writeFileSync(`${work}/mine.txt`, 'not yours');
    writeFileSync(`${work}/bin/x/hil-npu-run`, '#!/bin/sh\nwhile :; do sleep 1; done\n', { mode: 0o755 });
    // As the runner shows itself: by the path that it was started with.
    const stray = spawn('sleep', ['1000'], {
      argv0: `${work}/bin/x/hil-npu-run`,
      detached: true,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => stray.once('exit', (_, signal) => resolve(signal)));
    await setTimeout(100);
    const before = findingsOf((await hil('board', 'check', '--json')).stdout);

    const { code, stdout } = await hil('board', 'clean', 'board');

    expect(before).toContainEqual(
      expect.objectContaining({
        check: 'leftovers',
        level: 'warn',
        message: expect.stringContaining(`process ${stray.pid}`),
      }),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/killed {3}\d+ .*hil-npu-run/);
    expect(stdout).toMatch(/board: 1 processes killed, \d+ KiB removed\n$/);
    expect(await ended).toBe('SIGKILL');
    expect(existsSync(`${work}/cache`)).toBe(false);
    expect(readFileSync(`${work}/mine.txt`, 'utf8')).toBe('not yours');
  },
);

test(
  'hil board clean waits for the run that has the board, in the store or on the board, and says whose it is',
  { timeout: timeoutMs },
  async (context) => {
    const { root, server, hil } = await startRig(context, { kind: 'sshd' });
    const { workFolder } = server.address;
    mkdirSync(`${workFolder}/cache`, { recursive: true });
    writeFileSync(`${workFolder}/cache/in-use`, 'x');
    await using store = await openHistory(loadProject(root), { env: {} });
    const { lease } = await store.leases.acquire('board', 'anna', 60_000);
    const connection = await connect(server.address, {});
    onTestFinished(() => connection[Symbol.asyncDispose]());
    const lock = await BoardLock.acquire(connection, { workFolder, holder: 'ben@ci' });
    const { io, written } = fakeIo(root);

    const cleaning = runCli(['board', 'clean', 'board'], io);
    await expect.poll(() => written.stderr).toContain('board board is in use by anna; waiting for it');
    const inUseByAnna = existsSync(`${workFolder}/cache/in-use`);
    await store.leases.release(lease);
    await expect.poll(() => written.stderr, { timeout: 10_000 }).toContain('in use by ben@ci; waiting');
    const inUseByBen = existsSync(`${workFolder}/cache/in-use`);
    await lock.release();

    expect(await cleaning).toBe(0);
    expect([inUseByAnna, inUseByBen]).toEqual([true, true]);
    expect(existsSync(`${workFolder}/cache`)).toBe(false);
    expect(await store.leases.list()).toEqual([]);
    await expect.poll(() => existsSync(`${workFolder}/lock`)).toBe(false);
    // Ctrl-C leaves a board that is waited for as it is.
    await store.leases.acquire('board', 'anna', 60_000);
    const called = new AbortController();
    const given = runCli(['board', 'clean', 'board'], { ...io, signal: called.signal });
    await setTimeout(300);
    called.abort(new Error('Ctrl-C'));
    expect(await given).not.toBe(0);
    expect((await hil('board', 'list')).code).toBe(0);
  },
);

test('hil board shell needs a terminal', { timeout: timeoutMs }, async (context) => {
  const { hil } = await startRig(context);

  const { code, stderr } = await hil('board', 'shell', 'board');

  expect(code).toBe(2);
  expect(stderr).toContain('a shell needs a terminal');
});

test(
  'hil board shell carries keys and answers, and sets the terminal right again',
  { timeout: timeoutMs },
  async (context) => {
    const { root } = await startRig(context, { kind: 'sshd' });
    const { io } = fakeIo(root);
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), {
      isTTY: true as const,
      setRawMode: (raw: boolean) => (modes.push(raw), stdin),
    });
    let seen = '';
    const stdout = Object.assign(new PassThrough(), { isTTY: true as const, columns: 91, rows: 33 });
    stdout.on('data', (text: Buffer) => (seen += text.toString()));
    stdin.write('stty size; echo "we are $((6*7))"; exit 0\n');

    const code = await runCli(['board', 'shell', 'board'], { ...io, stdin: stdin as never, stdout });

    expect(code).toBe(0);
    expect(seen).toContain('33 91');
    expect(seen).toContain('we are 42');
    expect(modes).toEqual([true, false]);
  },
);

test('hil board shell is not for virtual boards', async () => {
  using place = temporaryProject({ 'hil.config.yaml': 'boards: [{ name: sim, kind: virtual }]' });

  const { code, stderr } = await cli(place.root, 'board', 'shell', 'sim');

  expect(code).toBe(2);
  expect(stderr).toContain('sim is a virtual board');
});
