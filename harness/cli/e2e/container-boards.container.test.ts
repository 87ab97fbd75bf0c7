import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aarch64Programs, containerEngine, program, skipUnlessMet } from '../../../runners/machine-needs.ts';
import type { ContainerOwner } from '../../../runners/virtual/container/container-owner.ts';
import { findEngine } from '../../../runners/virtual/container/engine.ts';
import { removeLeftovers } from '../../../runners/virtual/container/leftover-containers.ts';
import { packageFolder } from '../../harness-version.ts';
import type { TemporaryProject } from '../../spec/temporary-project.ts';
import { answersOf } from './answers-of.ts';
import { builtInSuite } from './built-in-suite.ts';
import { hil, plainEnvironment, type RunningHil, startHil, watchProcess } from './hil-process.ts';
import { processesOf } from './process-group.ts';

const timeout = 600_000;
const within = { timeout: 120_000, interval: 100 };

/** Containers of boards that processes of a run have started. */
async function containersOf(pids: readonly number[]): Promise<string[]> {
  const { client } = await findEngine();
  const label = 'hil.board.owner';
  const found = await client.container.dockerode.listContainers({ all: true, filters: { label: [label] } });
  return found
    .filter(({ Labels }) => pids.includes((JSON.parse(Labels[label]!) as ContainerOwner).pid))
    .map(({ Id }) => Id);
}

/** Starts a run on a board in a container, and waits until the board is there. */
async function runWithBoard(place: TemporaryProject): Promise<{ running: RunningHil; pids: number[] }> {
  const running = startHil(place.root, ['run', 'specs/two-class', '--board', 'container-debian']);
  onTestFinished(() => {
    for (const pid of processesOf(running.pid)) process.kill(pid, 'SIGKILL');
  });
  await expect.poll(() => containersOf(processesOf(running.pid)), within).not.toEqual([]);
  return { running, pids: processesOf(running.pid) };
}

describe('boards in containers', { timeout }, () => {
  test('answer every case with the very bytes of the embedded board', async (context) => {
    skipUnlessMet(context, containerEngine, aarch64Programs);
    using place = builtInSuite();
    await hil(place.root, 'run', 'specs/two-class');
    const embedded = await answersOf(place);

    for (const board of ['container', 'container-debian']) {
      const { code, stdout, stderr } = await hil(place.root, 'run', 'specs/two-class', '--board', board);

      expect(stdout + stderr).toContain('40 passed, 0 failed, 0 broken, 0 skipped');
      expect(stdout).toContain('Every result is simulated: no NPU was involved.');
      expect(await answersOf(place)).toEqual(embedded);
      expect(code).toBe(0);
    }
    expect(Object.keys(embedded)).toHaveLength(40);
  });

  test('are gone after Ctrl-C', async (context) => {
    skipUnlessMet(context, containerEngine);
    using place = builtInSuite();
    const { running, pids } = await runWithBoard(place);

    process.kill(running.pid, 'SIGINT');
    const { code } = await running.finished;

    expect(code).toBe(130);
    expect(await containersOf(pids)).toEqual([]);
  });

  test('are gone after kill -9 of the run, by its workers', async (context) => {
    skipUnlessMet(context, containerEngine);
    using place = builtInSuite();
    const { running, pids } = await runWithBoard(place);

    process.kill(running.pid, 'SIGKILL');

    await expect.poll(() => containersOf(pids), within).toEqual([]);
  });

  test('are swept up by the next board after kill -9 of everything', async (context) => {
    skipUnlessMet(context, containerEngine);
    using place = builtInSuite();
    const { running, pids } = await runWithBoard(place);

    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await running.finished;
    await removeLeftovers((await findEngine()).client);

    // A board that starts meanwhile may have begun to remove it.
    await expect.poll(() => containersOf(pids), within).toEqual([]);
  });

  test('are refused with the next step where no engine answers', async (context) => {
    skipUnlessMet(context, containerEngine, program('unshare'));
    if (process.getuid?.() !== 0) context.skip('only root can hide the engine from a process');
    using place = builtInSuite();
    const hidden = 'for s in /run/docker.sock /var/run/docker.sock; do mount --bind /dev/null $s || :; done';
    const command = `${hidden}; exec "$@"`;
    const args = [join(packageFolder, 'bin/hil.js'), 'run', 'specs/two-class', '--board', 'container-debian'];

    const { code, stdout } = await watchProcess(
      spawn('unshare', ['--mount', 'sh', '-c', command, 'sh', process.execPath, ...args], {
        cwd: place.root,
        env: plainEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    ).finished;

    expect(stdout).toContain('HIL_CONTAINER_ENGINE');
    expect(stdout).toContain('no container engine answers, and this board runs in a container');
    expect(stdout).toContain('Start Docker (`docker info` must answer)');
    expect(code).toBe(3);
  });
});
