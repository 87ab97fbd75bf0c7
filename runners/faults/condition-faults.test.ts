import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { missing } from '../machine-needs.ts';
import { LogBuffer } from '../protocol/log-buffer.ts';
import { connect } from '../ssh/connect.ts';
import { needsOfStandIn } from '../ssh/real-server/board-with-stand-in.ts';
import { sensorMounts, withDeviceNode } from '../ssh/real-server/device-node.ts';
import { RemoteProcess } from '../ssh/remote-process.ts';
import { startStandInRig, type StandInRig } from './stand-in-rig.ts';

const reason = missing(...needsOfStandIn('sshd'));
const suite = (what: string) => `${what}${reason === undefined ? '' : ` (${reason})`}`;

/** Somebody logs in and starts a program that opens the NPU. @returns Ends it. */
async function workByHand(rig: StandInRig): Promise<() => Promise<unknown>> {
  const connection = await connect(rig.server.address, {});
  onTestFinished(() => connection[Symbol.asyncDispose]());
  const demo = await RemoteProcess.start(connection, 'exec 7< /dev/galcore; exec sleep 600', new LogBuffer());
  await demo.pid(AbortSignal.timeout(5000));
  await delay(100);
  return () => demo.kill(undefined, AbortSignal.timeout(5000));
}

describe.skipIf(reason !== undefined)(suite('somebody else on the board'), { timeout: 120_000 }, () => {
  test('fault 45: somebody uses the NPU by hand, for longer than we wait', async () => {
    const rig = await startStandInRig({ server: withDeviceNode, other: true });
    const end = await workByHand(rig);

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(record.attempts.map(({ error }) => error.code)).toEqual(Array(4).fill('HIL_NPU_IN_USE'));
    expect(record.attempts[0]?.error).toMatchObject({
      message: expect.stringMatching(/used by somebody else: pid \d+ \(sleep 600\)/),
      hint: expect.stringContaining('hil board shell'),
    });
    await end();
    await rig.expectNothingLeft();
  });

  test('fault 45: somebody uses the NPU by hand, and leaves', async () => {
    const rig = await startStandInRig({ server: withDeviceNode });
    const end = await workByHand(rig);
    const lock = join(rig.server.address.workFolder, 'lock');
    const running = rig.run();

    // It comes, sees that the NPU is in use, and goes.
    await expect.poll(() => existsSync(lock), { timeout: 20_000, interval: 20 }).toBe(true);
    await expect.poll(() => existsSync(lock), { timeout: 20_000 }).toBe(false);
    await end();
    const record = await running;

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'board' } });
    expect(record.attempts[0]?.error.code).toBe('HIL_NPU_IN_USE');
    await rig.expectNothingLeft();
  });

  test('fault 45: a run that hangs while somebody uses the NPU is not the network’s fault', async () => {
    const rig = await startStandInRig({ server: withDeviceNode, spec: { timeout: '5s' } });
    rig.npu.faults = { rknn_run: { kind: 'never', times: 1 } };
    const running = rig.run();
    await expect.poll(() => rig.npu.openContexts, { timeout: 15_000 }).toBe(1);

    const end = await workByHand(rig);
    await expect.poll(() => rig.npu.openContexts, { timeout: 15_000 }).toBe(0);
    await end();
    const record = await running;

    expect(record).toMatchObject({
      verdict: 'passed',
      attempts: [
        {
          error: {
            code: 'HIL_NPU_IN_USE',
            causes: [expect.stringContaining('did not finish within 5000 ms')],
          },
        },
      ],
    });
    await rig.expectNothingLeft();
  });

  test('fault 45: a run that was slow while somebody used the NPU keeps its verdict, and says so', async () => {
    const rig = await startStandInRig({ server: withDeviceNode });
    expect((await rig.run()).conditions?.disturbances).toBeUndefined();
    rig.npu.faults = { rknn_run: { kind: 'delay', ms: 2500 } };
    await workByHand(rig);

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'passed',
      attempts: [],
      conditions: { disturbances: [expect.stringMatching(/used by somebody else: pid \d+ \(sleep 600\)/)] },
    });
    await rig.expectNothingLeft();
  });
});

const withSensor = { mounts: sensorMounts(91) };

const setTemperature = ({ server }: StandInRig, celsius: number): void =>
  writeFileSync(join(server.root, 'class/thermal/thermal_zone0/temp'), `${celsius * 1000}\n`);

describe.skipIf(reason !== undefined)(suite('heat'), { timeout: 120_000 }, () => {
  const heat = { maxTemperature: 85, coolWithinMs: 60_000 };

  test('fault 54: a board that is too hot is given time to cool', async () => {
    const rig = await startStandInRig({ server: withSensor, care: { bootBudgetMs: 3000, heat } });
    const stages: string[] = [];
    let isOver = false;
    const running = rig.run({ onStage: (stage) => stages.push(stage) });
    void running.then(() => (isOver = true));
    const waits = () => stages.includes('connect') && stages.lastIndexOf('lease') > stages.indexOf('connect');
    await expect.poll(waits, { timeout: 20_000 }).toBe(true);

    // Below the limit, but not by enough to go on.
    setTemperature(rig, 84);
    await delay(2500);
    const waitedFor84 = !isOver;
    setTemperature(rig, 79.5);
    const record = await running;

    expect(waitedFor84).toBe(true);
    expect(record).toMatchObject({
      verdict: 'passed',
      attempts: [],
      conditions: { hottest: { sensor: 'soc-thermal', celsius: 91 }, cooledMs: expect.any(Number) },
    });
    await rig.expectNothingLeft();
  });

  test('fault 54: a board that does not cool down leaves the case to another', async () => {
    const rig = await startStandInRig({
      server: withSensor,
      other: true,
      care: { bootBudgetMs: 3000, heat: { ...heat, coolWithinMs: 100 } },
    });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', target: { board: 'other' } });
    expect(record.attempts).toMatchObject([
      {
        board: 'board',
        error: {
          code: 'HIL_BOARD_HOT',
          message: expect.stringContaining('at 91 °C (soc-thermal), above its limit of 85 °C'),
        },
      },
    ]);
    await rig.expectNothingLeft();
  });

  test('fault 54: a board that is warm works on, and its record has the temperature', async () => {
    const rig = await startStandInRig({ server: withSensor, care: { bootBudgetMs: 3000, heat } });
    setTemperature(rig, 61);

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'passed', attempts: [] });
    expect(record.conditions).toEqual({ hottest: { sensor: 'soc-thermal', celsius: 61 } });
    await rig.expectNothingLeft();
  });
});
