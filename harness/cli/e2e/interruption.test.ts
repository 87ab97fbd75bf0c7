import { describe, expect, onTestFinished, test } from 'vitest';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import type { TemporaryProject } from '../../spec/temporary-project.ts';
import { type RunningHil, startHil } from './hil-process.ts';
import { processesOf, seesProcesses } from './process-group.ts';
import { configWithFaults, tinyProject, tinySpec } from './tiny-project.ts';

const timeout = 60_000;
const within = { timeout: 30_000, interval: 50 };

/** A reporter of Vitest's that says where every case is, so that a test can strike at a certain moment. */
const tellStages = `export default class {
  onTestCaseArtifactRecord(_test, artifact) {
    if (artifact.type === 'hil:stage') process.stderr.write(\`at \${artifact.case} \${artifact.stage}\\n\`);
  }
}
`;

/**
 * Three cases for one worker: in one file one that passes and one on a board that hangs for ten minutes, in another file
 * one that would pass.
 */
function projectThatHangs(): TemporaryProject {
  const one = { inputs: ['up.npy'] };
  return tinyProject(
    {
      a: [tinySpec('before', one), tinySpec('hanging', { ...one, board: { name: 'bad' }, timeout: '10m' })],
      b: [tinySpec('after', one)],
    },
    {
      'hil.config.yaml': configWithFaults({ run: { kind: 'hang', ms: 600_000 } }),
      'tell-stages.mjs': tellStages,
    },
  );
}

/** Starts the run and waits until the board hangs and the other case has ended. */
async function runIntoTheHang(place: TemporaryProject): Promise<RunningHil> {
  const running = startHil(place.root, ['run', '--workers', '1', '--reporter', './tell-stages.mjs']);
  onTestFinished(() => {
    for (const pid of processesOf(running.pid)) process.kill(pid, 'SIGKILL');
  });
  await expect.poll(running.output, within).toContain('at hanging › up run');
  await expect.poll(running.output, within).toMatch(/passed +before › up/);
  return running;
}

const verdicts = (place: TemporaryProject) =>
  Object.fromEntries(
    readRecords(findRunFolder(place.path('.hil'), 'latest')).map((record) => [
      record.case.spec,
      record.reason === undefined ? record.verdict : `${record.verdict}: ${record.reason}`,
    ]),
  );

describe.skipIf(!seesProcesses)('a run in the middle of a case (needs /proc)', { timeout }, () => {
  test.each([
    // A terminal sends it to the whole group, a CI system only to the process that it started.
    ['Ctrl-C', (pid: number) => process.kill(-pid, 'SIGINT')],
    ['SIGTERM', (pid: number) => process.kill(pid, 'SIGTERM')],
  ])('ends with 130 on %s, tells what it knows, and leaves no process', async (_, interrupt) => {
    using place = projectThatHangs();
    const running = await runIntoTheHang(place);
    const during = processesOf(running.pid).length;

    interrupt(running.pid);
    const { code, stdout } = await running.finished;

    expect(during).toBeGreaterThan(1);
    expect(code).toBe(130);
    expect(verdicts(place)).toEqual({ before: 'passed', hanging: 'unknown: the run was interrupted' });
    expect(stdout).toContain('Interrupted: what had not ended has no result.');
    expect(stdout).toContain('1 passed, 0 failed, 0 broken, 0 skipped, 1 unknown');
    expect(processesOf(running.pid)).toEqual([]);
  });

  test('leaves no worker when its main process is killed', async () => {
    using place = projectThatHangs();
    const running = await runIntoTheHang(place);
    const during = processesOf(running.pid).length;

    process.kill(running.pid, 'SIGKILL');
    await running.finished;

    expect(during).toBeGreaterThan(1);
    await expect.poll(() => processesOf(running.pid), within).toEqual([]);
    expect(verdicts(place)).toEqual({ before: 'passed' });
  });

  test('loses only the case of a worker that dies', async () => {
    using place = projectThatHangs();
    const running = await runIntoTheHang(place);
    const [main, ...workers] = processesOf(running.pid);

    for (const worker of workers) process.kill(worker, 'SIGKILL');
    const { code, stdout } = await running.finished;

    expect(main).toBe(running.pid);
    expect(verdicts(place)).toEqual({
      before: 'passed',
      hanging: 'unknown: its worker process died before it had a verdict',
      after: 'passed',
    });
    expect(stdout).toContain('2 passed, 0 failed, 0 broken, 0 skipped, 1 unknown');
    expect(code).toBe(3);
    expect(processesOf(running.pid)).toEqual([]);
  });
});
