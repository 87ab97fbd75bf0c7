import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { skipUnlessMet } from '../../machine-needs.ts';
import { probeBoard } from '../board-probe.ts';
import { connect } from '../connect.ts';
import { exec } from '../exec.ts';
import { fewApplets, needsOf, RealServer, type RealServerOptions } from './real-server.ts';

// Real servers on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

async function start(options: RealServerOptions) {
  const server = await RealServer.start(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const connection = await connect(server.address, {});
  onTestFinished(() => connection[Symbol.asyncDispose]());
  return { server, connection };
}

describe.each(['sshd', 'dropbear'] as const)('over %s', (kind) => {
  test('a command runs, and the probe tells the board', async (context) => {
    skipUnlessMet(context, ...needsOf(kind));
    const { server, connection } = await start({ kind, applets: fewApplets });

    const { stdout, stderr } = await exec(connection, 'echo "$HOME $PATH"', {});
    const facts = await probeBoard(connection, server.address.workFolder, {});

    expect(stdout.toString() + stderr).toBe(`/root ${server.root}/bin\n`);
    expect(facts).toMatchObject({ workFolder: server.path('hil'), notes: [] });
    expect([...facts.tools]).toEqual(['dd']);
    expect(connection.isDropbear).toBe(kind === 'dropbear');
  });
});
