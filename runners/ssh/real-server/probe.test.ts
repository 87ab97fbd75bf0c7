import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, type TestContext, vi } from 'vitest';
import { skipUnlessMet } from '../../machine-needs.ts';
import { type BoardFacts, probeBoard } from '../board-probe.ts';
import { connect } from '../connect.ts';
import { fewApplets, needsOf, RealServer, type RealServerOptions } from './real-server.ts';

// Real servers on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

interface Rig {
  /** Asks the board over its one connection. */
  readonly probe: () => Promise<BoardFacts>;
  /** What the board has written down of itself. */
  readonly factsFile: string;
  readonly server: RealServer;
}

async function startRig(context: TestContext, options: RealServerOptions): Promise<Rig> {
  skipUnlessMet(context, ...needsOf(options.kind));
  const server = await RealServer.start(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const connection = await connect(server.address, {});
  onTestFinished(() => connection[Symbol.asyncDispose]());
  const { workFolder } = server.address;
  return {
    server,
    probe: () => probeBoard(connection, workFolder, {}),
    factsFile: join(workFolder, 'facts'),
  };
}

/** Changes what is written down, so that it can be told from what is asked. */
const change = (file: string, from: string | RegExp, to: string): void =>
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));

describe.each<readonly [string, RealServerOptions]>([
  ['OpenSSH', { kind: 'sshd' }],
  ['dropbear and busybox', { kind: 'dropbear', applets: ['sh'] }],
  ['dropbear with few programs', { kind: 'dropbear', applets: fewApplets }],
])('what a board with %s has said of itself', (_, options) => {
  test('is the same when it is written down', async (context) => {
    const { probe } = await startRig(context, options);

    const [first, second] = [await probe(), await probe()];

    expect(second).toEqual(first);
  });

  test('is not asked again in the same boot', async (context) => {
    const { probe, factsFile } = await startRig(context, options);
    await probe();
    change(factsFile, /^hil:machine .*$/m, 'hil:machine abacus');

    expect((await probe()).machine).toBe('abacus');
  });

  test('is asked again after a reboot', async (context) => {
    const { probe, factsFile } = await startRig(context, options);
    const { machine, bootId } = await probe();
    change(factsFile, /^hil:machine .*$/m, 'hil:machine abacus');
    change(factsFile, bootId, '00000000-0000-4000-8000-000000000000');

    expect((await probe()).machine).toBe(machine);
  });
});

test('a half-written note counts for nothing', async (context) => {
  const { probe, factsFile } = await startRig(context, { kind: 'sshd' });
  const facts = await probe();
  writeFileSync(factsFile, readFileSync(factsFile, 'utf8').slice(0, 30));

  expect(await probe()).toEqual(facts);
});

test('a folder whose disk takes no writes any more is seen in spite of the note', async (context) => {
  const mounts = 'mkdir -p "$ROOT/board/hil" && mount -t tmpfs tmpfs "$ROOT/board/hil"';
  const { probe, server } = await startRig(context, { kind: 'sshd', mounts });
  await probe();
  server.inside(`mount -o remount,ro ${server.address.workFolder}`);

  const facts = await probe();

  expect(facts.workFolder).not.toBe(server.address.workFolder);
  expect(facts.notes[0]).toMatch(/Read-only file system/);
});
