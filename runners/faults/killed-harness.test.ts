import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hil, startHil } from '../../harness/cli/e2e/hil-process.ts';
import { processesOf } from '../../harness/cli/e2e/process-group.ts';
import { tinyProject, tinySpec } from '../../harness/cli/e2e/tiny-project.ts';
import { createOnnxRuntimeEngine } from '../../harness/reference/onnx-runtime-engine.ts';
import type { TemporaryProject } from '../../harness/spec/temporary-project.ts';
import { readRecords } from '../../harness/store/record-journal.ts';
import { findRunFolder, listRuns } from '../../harness/store/run-folder.ts';
import { buildNative } from '../native/native-build.ts';
import { missing } from '../machine-needs.ts';
import { needsOfStandIn } from '../ssh/real-server/board-with-stand-in.ts';
import { connect } from '../ssh/connect.ts';
import { BoardLock } from '../ssh/lock/board-lock.ts';
import { RealServer } from '../ssh/real-server/real-server.ts';
import { createSimulatedNpu } from '../virtual/npu/simulated-npu.ts';
import { personalities } from '../virtual/npu/personality.ts';
import { type NpuService, startNpuService } from '../virtual/npu-service/npu-service.ts';
import { processesFrom } from './rig.ts';

// HIL_KILLS=100 for the long form; HIL_KILL_SEED for other moments.
const kills = Number(process.env['HIL_KILLS'] ?? 10);
const seed = Number(process.env['HIL_KILL_SEED'] ?? 1);
const reason = missing(...needsOfStandIn('sshd'));

/** 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A board over SSH whose NPU takes a little time, and a project with cases for it. */
async function projectWithBoard(): Promise<{
  place: TemporaryProject;
  server: RealServer;
  npu: NpuService;
}> {
  const library = buildNative().find((path) => path.endsWith('librknn_api.so'))!;
  const npu = await startNpuService({
    npu: createSimulatedNpu({ engine: createOnnxRuntimeEngine(), personality: personalities['1.7.5'] }),
    listen: { tcp: 0 },
    faults: { rknn_run: { kind: 'delay', ms: 100 } },
  });
  onTestFinished(() => npu[Symbol.asyncDispose]());
  const server = await RealServer.start({ kind: 'sshd', env: { HIL_NPU: npu.address } });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const { host, port, user, workFolder, hostKeys } = server.address;
  const board = {
    name: 'bench',
    kind: 'ssh',
    host,
    port,
    user,
    hostKeys,
    workFolder,
    credentials: [{ key: server.keyFile }],
    simulated: true,
    jump: [],
    libraries: { '1.7.5': { file: library } },
    limits: { minFreeMiB: 0 },
  };
  const place = tinyProject(Object.fromEntries(['a', 'b', 'c'].map((name) => [name, tinySpec(name)])), {
    'hil.config.yaml': JSON.stringify({ boards: [board] }),
  });
  onTestFinished(() => place[Symbol.dispose]());
  return { place, server, npu };
}

/** Cases that a run has told of on its standard error: `[2/6] passed  a › up  bench ...`. */
const reportedIn = (output: string): string[] =>
  [...output.matchAll(/^\[\d+\/\d+\] \w+ +(\S+ › \S+)/gm)].map(([, name]) => name!);

describe.skipIf(reason !== undefined)(
  `a harness that is killed${reason === undefined ? '' : ` (${reason})`}`,
  { timeout: kills * 60_000 + 120_000 },
  () => {
    test(`boards are usable after the harness was killed at ${kills} random moments`, async () => {
      const { place, server } = await projectWithBoard();
      const { workFolder } = server.address;
      const first = await hil(place.root, 'run', '--workers', '2');
      expect(first.stdout).toContain('6 passed, 0 failed');
      const startedAt = performance.now();
      await hil(place.root, 'run', '--workers', '2');
      const wholeRunMs = performance.now() - startedAt;
      const random = randomFrom(seed);
      const nextRuns: string[] = [];

      for (let kill = 0; kill < kills; kill++) {
        const before = listRuns(place.path('.hil')).length;
        const running = startHil(place.root, ['run', '--workers', '2']);
        await delay(random() * wholeRunMs);
        const [how, target] = pick(random, [
          ['SIGKILL', running.pid],
          ['SIGKILL', -running.pid],
          ['SIGINT', -running.pid],
          ['SIGINT', running.pid],
        ] as const);
        try {
          process.kill(target, how);
        } catch {
          // It has ended before its moment came.
        }
        await running.finished;

        const moment = `kill ${kill} by ${how} to ${target < 0 ? 'the group' : 'the main process'}`;
        const within = { timeout: 30_000, interval: 50, message: moment };
        await expect.poll(() => processesOf(running.pid), within).toEqual([]);
        await expect.poll(() => processesFrom(workFolder), within).toEqual([]);
        await expect.poll(() => existsSync(join(workFolder, 'lock')), within).toBe(false);
        const reported = reportedIn(running.output());
        expect(keptSince(before, place.path('.hil')), moment).toEqual(expect.arrayContaining(reported));
        if (kill % 5 === 4 || kill === kills - 1) {
          const { code, stdout } = await hil(place.root, 'run', '--workers', '2');
          nextRuns.push(`${moment}: ${code} ${/\d+ passed, \d+ failed/.exec(stdout)?.[0] ?? stdout}`);
        }
      }
      expect(nextRuns.length).toBeGreaterThan(0);
      expect(nextRuns.filter((run) => !run.endsWith(': 0 6 passed, 0 failed'))).toEqual([]);
      expect(readFileSync(join(workFolder, 'fence'), 'utf8').trim()).toMatch(/^\d+$/);
    });
  },
);

describe.skipIf(reason !== undefined)(
  `a harness that stands still, as on a machine that sleeps${reason === undefined ? '' : ` (${reason})`}`,
  { timeout: 180_000 },
  () => {
    test('fault 48: another run takes the board meanwhile; what came too late is refused, and the case run again', async () => {
      const { place, server, npu } = await projectWithBoard();
      const { workFolder } = server.address;
      const running = startHil(place.root, ['run', '--workers', '1']);
      await expect.poll(running.output, { timeout: 60_000 }).toContain('[1/6]');
      npu.faults = { rknn_run: { kind: 'delay', ms: 3000, times: 1 } };
      await expect.poll(() => npu.openContexts, { timeout: 10_000 }).toBe(1);
      await delay(500);

      process.kill(-running.pid, 'SIGSTOP');
      const connection = await connect(server.address, {});
      onTestFinished(() => connection[Symbol.asyncDispose]());
      const lock = await BoardLock.acquire(connection, { workFolder, holder: 'ben@ci', staleMs: 1000 });
      const left = processesFrom(workFolder);
      // Longer than a holder may be silent.
      await delay(10_000);
      await lock.release();
      process.kill(-running.pid, 'SIGCONT');
      const { code, stdout } = await running.finished;

      expect(left).toEqual([]);
      expect(stdout).toContain('6 passed, 0 failed');
      expect(code).toBe(0);
      const records = readRecords(findRunFolder(place.path('.hil'), 'latest'));
      expect(records.flatMap(({ attempts }) => attempts).map(({ error }) => error.code)).toEqual([
        'HIL_BOARD_FENCED',
      ]);
      await expect.poll(() => processesFrom(workFolder), { timeout: 10_000 }).toEqual([]);
      await expect.poll(() => existsSync(join(workFolder, 'lock')), { timeout: 10_000 }).toBe(false);
    });
  },
);

/** Cases that have a record in the newest run, if there is one that was not there before. */
function keptSince(before: number, stateFolder: string): string[] {
  if (listRuns(stateFolder).length <= before) return [];
  const folder = findRunFolder(stateFolder, 'latest');
  if (!existsSync(join(folder, 'records.jsonl'))) return [];
  return readRecords(folder).map((record) => record.case.name);
}

const pick = <T>(random: () => number, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)]!;
