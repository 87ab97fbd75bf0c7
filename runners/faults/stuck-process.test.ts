import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { boardNamed } from '../../harness/pipeline/trial-case.ts';
import { CommandRunner } from '../command/command-runner.ts';
import { missing } from '../machine-needs.ts';
import { hostCompiler } from '../native/native-build.ts';
import { LogBuffer } from '../protocol/log-buffer.ts';
import { connect } from '../ssh/connect.ts';
import { BoardLock } from '../ssh/lock/board-lock.ts';
import { quote } from '../ssh/quote.ts';
import { needsOf, RealServer } from '../ssh/real-server/real-server.ts';
import { RemoteProcess } from '../ssh/remote-process.ts';
import { startRig } from './rig.ts';

// Processes that really wait in the kernel: they look up a file of a file system that never answers. It ends by itself
// after a minute at the latest, and they with it. The embedded board stands for it where FUSE cannot be used.

const lacking = missing(...needsOf('sshd'), hostCompiler);
const noFuse = existsSync('/dev/fuse') ? undefined : 'this machine lacks /dev/fuse';
const reason = lacking ?? noFuse;

describe.skipIf(reason !== undefined)(
  `a process in state D${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let folder: string;

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'hil-hang-'));
      const source = fileURLToPath(new URL('hang-fs.c', import.meta.url));
      const flags = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'];
      execFileSync(process.env['CC'] ?? 'cc', [...flags, source, '-o', join(folder, 'hang-fs')]);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** A board with a folder in which every file hangs, until `letGo` is called. */
    async function boardThatHangs() {
      const server = await RealServer.start({
        kind: 'sshd',
        mounts: [
          'mkdir "$ROOT/hang"',
          `${quote(join(folder, 'hang-fs'))} "$ROOT/hang" 60 > "$ROOT/hang.pid" &`,
          'for i in 1 2 3 4 5 6 7 8 9 10; do [ -s "$ROOT/hang.pid" ] || sleep 0.2; done',
        ].join('\n'),
      });
      onTestFinished(() => server[Symbol.asyncDispose]());
      const pid = Number(readFileSync(join(server.root, 'hang.pid'), 'utf8'));
      return {
        server,
        file: join(server.root, 'hang', 'x'),
        letGo: () => void spawnSync('kill', ['-9', String(pid)]),
      };
    }

    test('fault 42: a program that no signal ends', { timeout: 60_000 }, async () => {
      const { server, file, letGo } = await boardThatHangs();
      const target = {
        address: server.address,
        command: () => Promise.reject(new Error('not asked')),
        shared: true,
      };
      const rig = await startRig({
        boards: [{ board: boardNamed('board'), runner: new CommandRunner(() => Promise.resolve(target)) }],
        spec: {
          timeout: '1s',
          command: {
            program: { onBoard: 'cat' },
            args: [file],
            outputs: [{ parser: 'regex', from: 'stdout', pattern: '(?<value>\\d+)' }],
          },
        },
      });

      const record = await rig.run();
      const next = await rig.run();
      letGo();

      expect(record).toMatchObject({
        verdict: 'broken',
        class: 'infra',
        error: {
          code: 'HIL_BOARD_STUCK',
          message: expect.stringMatching(
            /cat: processes do not die, they may be stuck in the kernel: \/proc\/\d+/,
          ),
          hint: expect.stringContaining('Reboot the board'),
        },
      });
      expect(rig.setAside.map(({ board }) => board)).toEqual(['board']);
      expect(next).toMatchObject({ verdict: 'broken', class: 'precluded' });
      await rig.expectNothingLeft();
      const { workFolder } = server.address;
      await expect.poll(() => existsSync(join(workFolder, 'lock')), { timeout: 10_000 }).toBe(false);
    });

    test(
      'fault 42: what an earlier run has left so keeps the board from the next',
      { timeout: 60_000 },
      async () => {
        const { server, file, letGo } = await boardThatHangs();
        const { workFolder } = server.address;
        const [earlier, later] = [await connect(server.address, {}), await connect(server.address, {})];
        onTestFinished(() => earlier[Symbol.asyncDispose]());
        onTestFinished(() => later[Symbol.asyncDispose]());
        await BoardLock.acquire(earlier, { workFolder, holder: 'anna@ci' });
        const stuck = await RemoteProcess.start(earlier, `exec cat ${quote(file)}`, new LogBuffer());
        const pid = await stuck.pid(AbortSignal.timeout(5000));
        const [, guard] = readFileSync(join(workFolder, 'lock/holder'), 'utf8').split(' ');

        // Its guard is gone as well, as when the kernel needs memory: the lock is left over.
        process.kill(Number(guard), 'SIGKILL');
        const refused = await BoardLock.acquire(later, { workFolder, holder: 'ben@ci' }).catch(
          (error: unknown) => error,
        );
        const state = readFileSync(`/proc/${pid}/stat`, 'latin1');
        letGo();

        expect(refused).toMatchObject({
          code: 'HIL_BOARD_STUCK',
          message: expect.stringContaining(`pid ${pid}`),
        });
        expect(state).toMatch(/\) D /);
        await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
        const lock = await BoardLock.acquire(later, { workFolder, holder: 'ben@ci' });
        expect(lock.fence).toBe(2);
      },
    );
  },
);
