import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { program, missing } from '../machine-needs.ts';
import { prebuiltRunner } from '../native/native-build.ts';
import { connect } from '../ssh/connect.ts';
import { BoardLock } from '../ssh/lock/board-lock.ts';
import { LogBuffer } from '../protocol/log-buffer.ts';
import { RemoteProcess } from '../ssh/remote-process.ts';
import { memoryGroup, noMemoryGroups } from '../ssh/real-server/memory-group.ts';
import { needsOfStandIn } from '../ssh/real-server/board-with-stand-in.ts';
import { processesFrom } from './rig.ts';
import { type StandInRig, startStandInRig } from './stand-in-rig.ts';

const reason = missing(...needsOfStandIn('sshd'), ...needsOfStandIn('dropbear'), program('busybox'));
const suite = (what: string) => `${what}${reason === undefined ? '' : ` (${reason})`}`;

/**
 * A board whose program of a name is replaced by a script; `$BB` is busybox. Its shell is dash: Debian's busybox has all
 * applets inside its shell, whatever the PATH says.
 */
const withProgram = (name: string, script: string) => ({
  kind: 'dropbear' as const,
  applets: [
    'cat', 'chmod', 'cp', 'cut', 'date', 'df', 'dmesg', 'echo', 'find', 'grep', 'head', 'id', 'kill', 'ln', 'ls', 'mkdir',
    'mv', 'ps', 'pwd', 'rm', 'rmdir', 'sed', 'setsid', 'sha256sum', 'sleep', 'sort', 'stat', 'sync', 'tail', 'test', 'touch', 'tr',
    'uname', 'wc', 'dd', 'readlink', 'basename', 'dirname', 'true', 'env', 'mktemp', 'printf',
  ].filter((applet) => applet !== name), // prettier-ignore
  mounts: [
    `{ echo '#!/bin/dash'; echo "ROOT=$ROOT BB=/bin/busybox"; cat <<'END'`,
    script,
    'END',
    `} > "$ROOT/bin/${name}"; chmod 755 "$ROOT/bin/${name}"`,
  ].join('\n'),
});

/** Waits until the device runner is in the middle of a run. */
async function untilRunning(rig: StandInRig): Promise<void> {
  await expect.poll(() => rig.npu.openContexts, { timeout: 15_000 }).toBe(1);
  await delay(300);
}

/** The kernel's boot id as the board's processes see it. */
const changeBootId = (rig: StandInRig): void => {
  const file = join(rig.server.root, 'boot_id');
  writeFileSync(file, `${crypto.randomUUID()}\n`);
  rig.server.inside(`mount --bind ${file} /proc/sys/kernel/random/boot_id`);
};

const codes = (record: { attempts: readonly { error: { code: string } }[] }): string[] =>
  record.attempts.map(({ error }) => error.code);

describe.skipIf(reason !== undefined)(suite('faults of a board’s disk'), { timeout: 120_000 }, () => {
  test('fault 13: an upload arrives cut short though the command succeeds', async () => {
    const script = `if [ $# = 0 ] && [ ! -e "$ROOT/board/cut" ]; then echo > "$ROOT/board/cut"; $BB head -c 1000; exec $BB cat > /dev/null; fi\nexec $BB cat "$@"`;
    const rig = await startStandInRig({ server: withProgram('cat', script) });

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'passed',
      attempts: [{ error: { code: 'HIL_UPLOAD_DAMAGED', message: expect.stringContaining('sha256') } }],
    });
    await rig.expectNothingLeft();
  });

  test('fault 14: disk full', async () => {
    const mounts = 'mount -t tmpfs -o size=64k tmpfs "$ROOT/board"';
    const rig = await startStandInRig({ server: { mounts }, other: true });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(codes(record)).toEqual(Array(2).fill('HIL_BOARD_DISK_FULL'));
    expect(record.attempts[0]?.error.hint).toMatch(/df/);
    await rig.expectNothingLeft();
  });

  test('fault 15: file systems are read-only', async () => {
    const mounts = [
      'mount -t tmpfs -o ro tmpfs "$ROOT/board"',
      'mount -t tmpfs -o ro tmpfs /dev/shm',
      'mount -o remount,bind,ro /root',
    ].join('\n');
    const rig = await startStandInRig({ server: { mounts }, other: true });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(record.attempts).toMatchObject([
      {
        error: {
          code: 'HIL_BOARD_NO_FOLDER',
          message: expect.stringMatching(/read-only|cannot be written/i),
        },
      },
    ]);
    expect(rig.setAside.map(({ board }) => board)).toEqual(['board']);
    await rig.expectNothingLeft();
  });

  test('fault 16: no inodes left', async () => {
    const mounts = 'mount -t tmpfs -o nr_inodes=6 tmpfs "$ROOT/board"';
    const rig = await startStandInRig({ server: { mounts }, other: true });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(new Set(codes(record))).toEqual(new Set(['HIL_BOARD_DISK_FULL']));
    expect(record.attempts[0]?.error.hint).toMatch(/df -i/);
    await rig.expectNothingLeft();
  });

  test('fault 17: the work folder’s disk is mounted noexec', async () => {
    const mounts = 'mount -t tmpfs -o noexec tmpfs "$ROOT/board"';
    const rig = await startStandInRig({ server: { mounts } });

    const record = await rig.run();

    expect(record.verdict).toBe('passed');
    expect(record.log).toMatch(/hil: .*noexec|hil: .*execute/);
    await rig.expectNothingLeft();
  });

  test('fault 56: flash that reads back something else than was written', async () => {
    const script = `$BB mv "$@" || exit; for last; do :; done; case "$last" in */cache/*.ok) ;; */cache/*) [ $($BB wc -c < "$last") -gt 1000 ] || printf x | $BB dd of="$last" bs=1 conv=notrunc 2>/dev/null;; esac`;
    const rig = await startStandInRig({ server: withProgram('mv', script), other: true });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(new Set(codes(record))).toEqual(new Set(['HIL_RUNNER_HASH']));
    expect(rig.setAside.map(({ board }) => board)).toEqual(['board']);
    await rig.expectNothingLeft();
  });

  test('fault 57: a file in the cache has the right name and the wrong content', async () => {
    const rig = await startStandInRig();
    await rig.run();
    const cache = join(rig.server.address.workFolder, 'cache');
    await rig.services.sessions.drop('board');
    for (const name of readdirSync(cache)) {
      const path = join(cache, name);
      const { length } = readFileSync(path);
      if (/^[0-9a-f]{64}$/.test(name) && length < 100) writeFileSync(path, 'x'.repeat(length));
    }

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', attempts: [] });
    expect(record.timings.uploadedBytes).toBeGreaterThan(0);
    await rig.expectNothingLeft();
  });
});

describe.skipIf(reason !== undefined)(suite('faults of programs and libraries'), { timeout: 120_000 }, () => {
  test('fault 18: the device runner is built for another machine', async () => {
    const file = prebuiltRunner(process.arch === 'arm64' ? 'x86_64' : 'aarch64');
    const rig = await startStandInRig({ entry: { runner: { file } } });

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'precluded',
      attempts: [],
      error: { code: 'HIL_BOARD_DEPLOY', owner: 'spec' },
    });
    await rig.expectNothingLeft();
  });

  test('fault 19: the SDK’s library is not there', async () => {
    const rig = await startStandInRig({
      entry: { libraries: { '1.7.5': '/usr/lib/no-such/librknn_api.so' } },
    });

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'precluded',
      error: { code: 'HIL_RUNNER_LIBRARY', message: expect.stringContaining('/usr/lib/no-such') },
    });
    await rig.expectNothingLeft();
  });

  test('fault 20: the library is of another SDK version', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { version: { api: 'librknn_runtime version 1.6.1 (other build: 2021-01-01 00:00:00)' } };

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'precluded',
      attempts: [],
      error: { code: 'HIL_BOARD_SDK', message: expect.stringMatching(/1\.6\.1.*1\.7\.5/) },
    });
    await rig.expectNothingLeft();
  });

  test('fault 21: no NPU device', async () => {
    const rig = await startStandInRig({ other: true });
    rig.npu.faults = { rknn_init: { kind: 'status', status: -3 } };

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(record.attempts).toMatchObject([
      { error: { code: 'HIL_VENDOR_DEVICE_UNAVAILABLE', hint: expect.stringContaining('galcore') } },
    ]);
    expect(rig.setAside.map(({ board }) => board)).toEqual(['board']);
    await rig.expectNothingLeft();
  });
});

describe.skipIf(reason !== undefined)(suite('faults in the middle of a run'), { timeout: 120_000 }, () => {
  const hang = { spec: { timeout: '1s' } };

  test('fault 22: the NPU hangs, the board is fit afterwards: the network is to blame', async () => {
    const rig = await startStandInRig(hang);
    rig.npu.faults = { rknn_run: { kind: 'never', times: 2 } };

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'runtime',
      attempts: [{ error: { code: 'HIL_BOARD_TIMEOUT' } }],
      error: { code: 'HIL_BOARD_TIMEOUT' },
      reason: expect.stringContaining('the canary model passed'),
    });
    await rig.expectNothingLeft();
  });

  test('fault 22: the NPU hangs, and for the canary too: the rig is to blame', async () => {
    const rig = await startStandInRig({ ...hang, canaryTimeoutMs: 1000 });
    rig.npu.faults = { rknn_run: { kind: 'never' } };

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      reason: expect.stringContaining('the canary model could not run'),
    });
    await rig.expectNothingLeft();
  });

  test('fault 23: the NPU returns an error', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'status', status: -1, times: 2, print: 'E RKNNAPI: run failed\n' } };

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'runtime',
      attempts: [{ error: { code: 'HIL_VENDOR_FAIL' } }],
      error: { code: 'HIL_VENDOR_FAIL', message: expect.stringContaining('RKNNAPI: run failed') },
    });
    await rig.expectNothingLeft();
  });

  test.each(['SEGV', 'ABRT'] as const)('fault 24: the program dies of SIG%s', async (signal) => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'die', signal, times: 2 } };

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'runtime',
      attempts: [{ error: { code: 'HIL_RUNNER_GONE' } }],
      error: { code: 'HIL_RUNNER_GONE', message: expect.stringContaining(signal) },
    });
    await rig.expectNothingLeft();
  });

  test('fault 25: the board is out of memory', async () => {
    const rig = await startStandInRig({ server: { mounts: 'ulimit -v 600000' }, other: true });
    rig.npu.faults = { rknn_init: { kind: 'allocate', bytes: 2e9 } };

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(codes(record)).toEqual(Array(2).fill('HIL_VENDOR_MALLOC_FAIL'));
    expect(record.attempts[0]?.error.hint).toContain('MemAvailable');
    await rig.expectNothingLeft();
  });

  test('fault 25: the kernel kills the program because memory runs out', async ({ skip }) => {
    if (noMemoryGroups !== undefined) skip(noMemoryGroups);
    const group = memoryGroup(96 * 2 ** 20);
    onTestFinished(() => group[Symbol.asyncDispose]());
    const rig = await startStandInRig({ server: { mounts: group.enter } });
    rig.npu.faults = { rknn_run: { kind: 'allocate', bytes: 400 * 2 ** 20, times: 2 } };

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'runtime',
      attempts: [{ error: { code: 'HIL_RUNNER_GONE' } }],
      error: {
        code: 'HIL_RUNNER_GONE',
        message: expect.stringMatching(/memory ran out: .*Killed process \d+ \(hil-npu-run\)/),
        hint: expect.stringContaining('MemAvailable'),
      },
    });
    await rig.expectNothingLeft();
  });

  test('fault 26: somebody kills the program', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'delay', ms: 30_000, times: 1 } };
    const running = rig.run();
    await untilRunning(rig);

    for (const pid of processesFrom(rig.server.address.workFolder)) process.kill(pid, 'SIGKILL');
    const record = await running;

    expect(record).toMatchObject({
      verdict: 'passed',
      attempts: [{ error: { code: 'HIL_RUNNER_GONE', message: expect.stringContaining('SIGKILL') } }],
    });
    await rig.expectNothingLeft();
  });

  test('fault 28: the board reboots in the middle of a run', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'delay', ms: 30_000, times: 1 } };
    const running = rig.run();
    await untilRunning(rig);

    changeBootId(rig);
    for (const pid of processesFrom(rig.server.address.workFolder)) process.kill(pid, 'SIGKILL');
    rig.proxy.drop('rst');
    const record = await running;

    expect(record.verdict).toBe('passed');
    expect(record.attempts).toMatchObject([
      {
        error: {
          code: 'HIL_BOARD_REBOOTED',
          message: expect.stringMatching(/boot id [0-9a-f-]+, now [0-9a-f-]+/),
        },
      },
    ]);
    await rig.expectNothingLeft();
  });

  test('fault 28: a network that brings the board down each time fails, if the canary does not', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'delay', ms: 30_000, times: 2 } };
    const running = rig.run();
    for (let boot = 0; boot < 2; boot++) {
      await untilRunning(rig);
      changeBootId(rig);
      for (const pid of processesFrom(rig.server.address.workFolder)) process.kill(pid, 'SIGKILL');
      rig.proxy.drop('rst');
      await expect.poll(() => rig.npu.openContexts, { timeout: 10_000 }).toBe(0);
    }
    const record = await running;

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'runtime',
      error: { code: 'HIL_BOARD_REBOOTED' },
      attempts: [{ error: { code: 'HIL_BOARD_REBOOTED' } }],
    });
    await rig.expectNothingLeft();
  });

  test('fault 29: the board goes away and does not come back', async () => {
    const rig = await startStandInRig({ other: true, care: { bootBudgetMs: 1500 } });
    rig.npu.faults = { rknn_run: { kind: 'delay', ms: 30_000, times: 1 } };
    const running = rig.run();
    await untilRunning(rig);

    await rig.proxy.stopListening();
    rig.proxy.drop('rst');
    const record = await running;

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(record.attempts).toMatchObject([{ error: { code: 'HIL_BOARD_NOT_BACK' } }]);
    expect(rig.setAside.map(({ board }) => board)).toEqual(['board']);
    await rig.expectNothingLeft();
  });

  test('fault 29: a power hook brings it back', async () => {
    let cycles = 0;
    const rig = await startStandInRig({
      care: {
        bootBudgetMs: 1500,
        powerCycle: async () => {
          cycles++;
          rig.proxy.fault = undefined;
        },
      },
    });
    rig.npu.faults = { rknn_run: { kind: 'delay', ms: 30_000, times: 1 } };
    const running = rig.run();
    await untilRunning(rig);

    rig.proxy.fault = { kind: 'close', how: 'rst' };
    rig.proxy.drop('rst');
    const record = await running;

    expect(record.verdict).toBe('passed');
    expect(cycles).toBe(1);
    await rig.expectNothingLeft();
  });

  test('fault 33: what the library prints does not get into the answer', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'print', text: 'I [galcore] noise\n', count: 20 } };

    const record = await rig.run();

    expect(record.verdict).toBe('passed');
    expect(record.log).toContain('[galcore] noise');
    await rig.expectNothingLeft();
  });

  test('fault 39: endless output', async () => {
    const rig = await startStandInRig(hang);
    rig.npu.faults = { rknn_run: { kind: 'print', text: 'loop '.repeat(200), times: 2 } };

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'runtime',
      error: { code: 'HIL_BOARD_TIMEOUT' },
    });
    expect(record.log?.length ?? 0).toBeLessThan(2_000_000);
    await rig.expectNothingLeft();
  });

  test('fault 41: a program that hangs when the link breaks is ended by the board itself', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'never', times: 1 } };
    const running = rig.run();
    await untilRunning(rig);
    const before = processesFrom(rig.server.address.workFolder);

    rig.proxy.drop('rst');
    const record = await running;

    expect(before).toHaveLength(1);
    expect(record.verdict).toBe('passed');
    expect(processesFrom(rig.server.address.workFolder)).not.toContain(before[0]);
    await rig.expectNothingLeft();
  });

  test('fault 43: a zombie counts as gone', async () => {
    const rig = await startStandInRig();
    const connection = await connect(rig.server.address, {});
    onTestFinished(() => connection[Symbol.asyncDispose]());
    // Its parent becomes a program that never asks for its end.
    const parent = await RemoteProcess.start(
      connection,
      'sleep 0 & echo $!; exec sleep 600',
      new LogBuffer(),
    );
    const [pid] = await once(parent.stream, 'data');
    const zombie = Number(String(pid));
    await expect.poll(() => readFileSync(`/proc/${zombie}/stat`, 'latin1')).toMatch(/\) Z /);

    const gone = await parent.kill({ pid: zombie, pgid: 0 }, AbortSignal.timeout(5000));
    await parent.kill(undefined, AbortSignal.timeout(5000));

    expect(gone).toBe(true);
    await rig.expectNothingLeft();
  });

  test('fault 44: another run takes the board: what it answers to us is refused', async () => {
    const rig = await startStandInRig();
    rig.npu.faults = { rknn_run: { kind: 'delay', ms: 30_000, times: 1 } };
    const running = rig.run();
    await untilRunning(rig);
    const connection = await connect(rig.server.address, {});
    onTestFinished(() => connection[Symbol.asyncDispose]());

    const thief = await BoardLock.acquire(connection, {
      workFolder: rig.server.address.workFolder,
      holder: 'ben@ci',
      staleMs: 500,
    });
    await thief.release();
    const record = await running;

    expect(record.verdict).toBe('passed');
    expect(record.attempts).toMatchObject([
      {
        error: {
          code: 'HIL_BOARD_FENCED',
          message: expect.stringMatching(/we are .*, fence 1, .* held by ben@ci|held by/),
        },
      },
    ]);
    await rig.expectNothingLeft();
  });

  test('fault 55: a power glitch is seen by its boot id, wherever the power comes from', async () => {
    const rig = await startStandInRig();
    await rig.run();

    changeBootId(rig);
    rig.proxy.drop('rst');
    await delay(200);
    const record = await rig.run();

    expect(record.verdict).toBe('passed');
    await rig.expectNothingLeft();
  });
});

describe.skipIf(reason !== undefined)(suite('a board’s power'), { timeout: 120_000 }, () => {
  test('fault 55: a board that restarts a third time in a day is set aside, though its cases pass', async () => {
    const rig = await startStandInRig();
    const verdicts: string[] = [];
    const setAside: number[] = [];
    for (let glitch = 0; glitch < 3; glitch++) {
      rig.npu.faults = { rknn_run: { kind: 'delay', ms: 30_000, times: 1 } };
      const running = rig.run();
      await untilRunning(rig);
      changeBootId(rig);
      for (const pid of processesFrom(rig.server.address.workFolder)) process.kill(pid, 'SIGKILL');
      rig.proxy.drop('rst');
      verdicts.push((await running).verdict);
      setAside.push(rig.setAside.length);
      await rig.services.sessions.drop('board');
    }

    expect(verdicts).toEqual(['passed', 'passed', 'passed']);
    expect(setAside).toEqual([0, 0, 1]);
    expect(rig.setAside[0]?.reason).toMatch(
      /^because it restarted 3 times in the middle of cases within a day: .*boot id/,
    );
    await rig.expectNothingLeft();
  });
});

describe.skipIf(reason !== undefined)(suite('a board’s clock'), { timeout: 120_000 }, () => {
  test('fault 30: the board’s clock says 1970', async () => {
    const rig = await startStandInRig({ server: withProgram('date', 'echo 0') });

    expect((await rig.run()).verdict).toBe('passed');
    await rig.expectNothingLeft();
  });

  test('fault 31: the board’s clock jumps', async () => {
    const script = `n=$($BB cat "$ROOT/board/n" 2>/dev/null); n=$((9000000 - \${n:-0})); echo $n > "$ROOT/board/n"; echo $n`;
    const rig = await startStandInRig({ server: withProgram('date', script) });

    expect((await rig.run()).verdict).toBe('passed');
    expect((await rig.run()).verdict).toBe('passed');
    await rig.expectNothingLeft();
  });
});
