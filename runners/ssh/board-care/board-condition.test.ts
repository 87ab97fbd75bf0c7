import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { missing } from '../../machine-needs.ts';
import { LogBuffer } from '../../protocol/log-buffer.ts';
import { connect } from '../connect.ts';
import { BoardLock } from '../lock/board-lock.ts';
import { sensorMounts, withDeviceNode } from '../real-server/device-node.ts';
import { fewApplets, needsOf, RealServer } from '../real-server/real-server.ts';
import { RemoteProcess } from '../remote-process.ts';
import type { SshConnection } from '../ssh-connection.ts';
import { conditionOf, readCondition } from './board-condition.ts';

const said = (...lines: readonly string[]): string =>
  [...lines, 'end ok'].map((line) => `hil:${line}\n`).join('');

test('of several sensors the hottest counts, in degrees or in thousandths of one', () => {
  const text = said('heat 41500 cpu-thermal', 'heat 63 npu-thermal', 'heat 52000 ');

  expect(readCondition(text)?.hottest).toEqual({ sensor: 'npu-thermal', celsius: 63 });
});

test('sensors that are off, or say no number, are left out', () => {
  expect(readCondition(said('heat 255000 gpu', 'heat -274000 off', 'heat nan'))?.hottest).toBeUndefined();
});

test('what works under our lock is nobody else, nor is the vendor’s idle daemon', () => {
  const text = said(
    'own 71',
    'user 71 71 hil-npu-run',
    'user 72 71 helper',
    'user 80 80 /usr/bin/rknn_server start',
  );

  expect(readCondition(text)?.npuUsers).toEqual([]);
});

test('somebody else is told by pid and command line, and so is the load', () => {
  const text = said(
    'own 71',
    'user 90 88 /userdata/rknn_demo mobilenet.rknn cat.jpg',
    'load NPU load: 37.50 %',
  );

  expect(readCondition(text)).toMatchObject({
    npuUsers: [{ pid: 90, command: '/userdata/rknn_demo mobilenet.rknn cat.jpg' }],
    npuLoad: 37.5,
  });
});

test('a board that breaks off tells nothing', () => {
  expect(readCondition('hil:heat 41500 cpu\n')).toBeUndefined();
});

const reason = missing(...needsOf('dropbear'));

describe.skipIf(reason !== undefined)(`on a board with few programs (${reason ?? 'busybox'})`, () => {
  test('sees who holds the NPU, and tells our own work from that of others', async () => {
    const server = await RealServer.start({
      kind: 'dropbear',
      applets: fewApplets,
      ...withDeviceNode,
      mounts: `${withDeviceNode.mounts}\n${sensorMounts(48)}`,
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const { workFolder } = server.address;
    const [ours, theirs] = [await connect(server.address, {}), await connect(server.address, {})];
    onTestFinished(() =>
      Promise.all([ours, theirs].map((link) => link[Symbol.asyncDispose]())).then(() => undefined),
    );
    await BoardLock.acquire(ours, { workFolder });
    const hold = async (connection: SshConnection): Promise<number> => {
      const holder = await RemoteProcess.start(
        connection,
        'exec 7< /dev/galcore; echo open; exec sleep 60',
        new LogBuffer(),
      );
      await once(holder.stream, 'data');
      return (await holder.pid(AbortSignal.timeout(5000)))!;
    };

    const before = await conditionOf(ours, workFolder, {});
    await hold(ours);
    const withOurs = await conditionOf(ours, workFolder, {});
    const pid = await hold(theirs);
    const withTheirs = await conditionOf(ours, workFolder, {});

    expect(before).toEqual({ hottest: { sensor: 'soc-thermal', celsius: 48 }, npuUsers: [] });
    expect(withOurs?.npuUsers).toEqual([]);
    expect(withTheirs?.npuUsers).toEqual([{ pid, command: 'sleep 60' }]);
  });
});
