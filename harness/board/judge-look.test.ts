import { expect, test } from 'vitest';
import type { BoardLook } from './board-look.ts';
import { judgeLook, type LookExpectations } from './judge-look.ts';

const runtime = (version: string) => ({
  path: `/usr/lib/${version}/librknn_runtime.so`,
  says: `librknn_runtime version ${version} (ccb93f1 build: 2023-07-18 10:48:49 base: 1131)`,
});

/** A stick as it should be. */
const healthy: BoardLook = {
  server: 'dropbear_2022.83',
  uname: 'Linux stick 4.4.194 #7 SMP PREEMPT aarch64',
  uptimeSeconds: 7200,
  compatible: ['rockchip,rk1808-evb', 'rockchip,rk1808'],
  memory: { totalKiB: 1_000_000, availableKiB: 700_000 },
  workFolder: '/userdata/hil',
  notes: [],
  disk: { totalKiB: 4_000_000, freeKiB: 3_000_000, freeInodes: 10_000 },
  clockAheadSeconds: 0,
  galcore: { loaded: true, node: true, version: '6.4.6.5.351518' },
  libraries: [runtime('1.7.5')],
  npuClock: { governor: 'userspace', currentHz: 934_000_000, maximumHz: 934_000_000 },
  cpuClock: { governor: 'ondemand', currentHz: 408_000_000, maximumHz: 1_608_000_000 },
  temperatures: [{ sensor: 'soc-thermal', celsius: 48.2 }],
  npuUsers: [],
  ourProcesses: [],
  leftovers: [],
  cacheKiB: 4096,
};

const expected: LookExpectations = {
  chip: 'RK1808',
  simulated: false,
  minFreeMiB: 16,
  maxTemperature: 85,
  configuredWorkFolder: '/userdata/hil',
};

const wrong = (look: Partial<BoardLook>, more: Partial<LookExpectations> = {}) =>
  judgeLook({ ...healthy, ...look }, { ...expected, ...more }).filter(({ level }) => level !== 'ok');

test('a healthy board gives nothing but ok, with its figures', () => {
  const findings = judgeLook(healthy, expected);

  expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(findings.map(({ check, message }) => `${check}: ${message}`)).toEqual(
    expect.arrayContaining([
      'NPU driver: galcore 6.4.6.5.351518',
      'NPU clock: userspace at 934 MHz of 934 MHz',
      'CPU clock: ondemand at 408 MHz of 1608 MHz',
      'temperature: 48.2 °C (soc-thermal)',
      'disk: 2930 MiB free of 3906 MiB, our files take 4 MiB',
    ]),
  );
});

test.each<[string, Partial<BoardLook>, 'warn' | 'fail', string, RegExp]>([
  ['another chip', { compatible: ['rockchip,rk3399'] }, 'fail', 'chip', /rk3399; the inventory says RK1808/],
  ['a chip that is not told', { compatible: [] }, 'warn', 'chip', /not told/],
  ['little memory', { memory: { totalKiB: 500_000, availableKiB: 50_000 } }, 'warn', 'memory', /49 MiB free/],
  [
    'a disk that is nearly full',
    { disk: { totalKiB: 9999, freeKiB: 99, freeInodes: 5 } },
    'warn',
    'disk',
    /leave 16 MiB/,
  ],
  [
    'no free inode',
    { disk: { totalKiB: 9e6, freeKiB: 9e6, freeInodes: 0 } },
    'fail',
    'disk',
    /no inode is free/,
  ],
  [
    'no driver',
    { galcore: { loaded: false, node: false, version: undefined } },
    'fail',
    'NPU driver',
    /not loaded/,
  ],
  [
    'no device node',
    { galcore: { loaded: true, node: false, version: undefined } },
    'fail',
    'NPU driver',
    /\/dev\/galcore is missing/,
  ],
  [
    'a driver that no longer tells its version',
    { galcore: { loaded: true, node: true, version: undefined } },
    'warn',
    'NPU driver',
    /no longer in the kernel/,
  ],
  [
    'a driver of another generation',
    { galcore: { loaded: true, node: true, version: '6.4.3.293908' } },
    'fail',
    'NPU driver',
    /with librknn_runtime 1.7.5: its kernel driver galcore is 6.4.3.293908, but .* 6.4.6.5.351518/,
  ],
  [
    'a driver that only one of two SDKs can use',
    { libraries: [runtime('1.7.5'), runtime('1.6.1')] },
    'warn',
    'NPU driver',
    /with librknn_runtime 1.6.1/,
  ],
  ['no library', { libraries: [] }, 'warn', 'library', /no vendor library found/],
  [
    'heat',
    { temperatures: [{ sensor: 'soc', celsius: 91 }] },
    'warn',
    'temperature',
    /91 °C \(soc\), above 85/,
  ],
  [
    'somebody else on the NPU',
    { npuUsers: [{ pid: 7, command: 'rknn_server' }] },
    'warn',
    'NPU users',
    /rknn_server \(7\)/,
  ],
  [
    'a runner of ours',
    { ourProcesses: [{ pid: 8, command: 'hil-npu-run' }] },
    'warn',
    'leftovers',
    /process 8/,
  ],
  [
    'half an upload',
    { leftovers: ['/userdata/hil/cache/x.tmp'] },
    'warn',
    'leftovers',
    /1 unfinished upload/,
  ],
  [
    'another work folder',
    { notes: ['the work folder is /tmp/hil, because of …'] },
    'warn',
    'work folder',
    /\/tmp\/hil/,
  ],
])('%s is found, with a next step', (_, look, level, check, message) => {
  expect(wrong(look)).toEqual([
    { check, level, message: expect.stringMatching(message), hint: expect.stringMatching(/\w/) },
  ]);
});

test('a clock that is wrong by decades is mentioned, and is no fault', () => {
  const look = { ...healthy, clockAheadSeconds: -1_700_000_000 };

  expect(wrong(look)).toEqual([]);
  expect(judgeLook(look, expected)).toContainEqual(
    expect.objectContaining({
      check: 'clock',
      level: 'ok',
      message: expect.stringContaining('1700000000 s behind'),
    }),
  );
});

test('a runner of ours on the NPU is no stranger there', () => {
  const ours = [{ pid: 8, command: 'hil-npu-run' }];

  expect(wrong({ npuUsers: ours, ourProcesses: ours }).map(({ check }) => check)).toEqual(['leftovers']);
});

test('a simulated board needs neither driver nor library', () => {
  const look = { libraries: [], galcore: { loaded: false, node: false, version: undefined }, compatible: [] };

  expect(wrong(look, { simulated: true })).toEqual([]);
});
