import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { elementsOf } from '../../../harness/tensor/dtype.ts';
import { engine } from '../../virtual/npu/example-model.ts';
import { personalities } from '../../virtual/npu/personality.ts';
import { createSimulatedNpu } from '../../virtual/npu/simulated-npu.ts';
import type { NpuService } from '../../virtual/npu-service/npu-service.ts';
import { demoBench, demoBuilds } from './demo-bench.ts';

const models = join(import.meta.dirname, '../../../specs/models');
const npu = createSimulatedNpu({ engine, personality: personalities['1.7.5'] });
const picture = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);

vi.setConfig({ testTimeout: 120_000 });

const load = 'init 0 fake 0';
const set = 'set 0 1 0 3 0 0 0 four';
const run = 'run 0';
const get = 'get 0 0 0 out';
const destroy = 'destroy 0';
const inference = [load, set, run, get, destroy];

const statuses = (stderr: string): string[] => stderr.split('\n').filter((line) => line.startsWith('rknn'));

describe.each(demoBuilds)('faults of the stand-in library %s', (_name, { lacking, build }) => {
  describe.skipIf(lacking !== undefined)('under a program that uses it,', () => {
    const { script, startScript, file, serviceOf, fakeService } = demoBench(build, {
      npu,
      files: { picture },
    });

    test('are codes of calls, as often as they say, also when they begin between two calls', async () => {
      const given = await fakeService();
      const demo = startScript([load, set, 'wait', set, set, run, run, get, destroy], { npu: given.address });
      await demo.says('rknn_inputs_set 0');

      given.faults = {
        rknn_inputs_set: { kind: 'status', status: -8, times: 1 },
        rknn_run: { kind: 'status', status: -2, times: 1, print: 'Run graph fail\n' },
        rknn_outputs_get: { kind: 'status', status: -9 },
        rknn_outputs_release: { kind: 'status', status: -1 },
      };
      demo.resume();
      const { stdout, stderr } = await demo.ended;

      expect(statuses(stderr)).toEqual([
        'rknn_init 0',
        'rknn_inputs_set 0',
        'rknn_inputs_set -8',
        'rknn_inputs_set 0',
        'rknn_run -2',
        'rknn_run 0',
        'rknn_outputs_get -9',
        'rknn_outputs_release -1',
        'rknn_destroy 0',
      ]);
      expect(stdout).toContain('Run graph fail\n');
    });

    test.each(['ABRT', 'SEGV', 'KILL'] as const)('are deaths of SIG%s inside a call', async (signal) => {
      const given = await fakeService({ rknn_run: { kind: 'die', signal } });

      const { end, stderr } = await script(inference, { npu: given.address });

      expect(end).toBe(`SIG${signal}`);
      expect(statuses(stderr)).toEqual(['rknn_init 0', 'rknn_inputs_set 0']);
      await expect.poll(() => given.openContexts).toBe(0);
    });

    test('are hangs that the driver ends: long, and with zeros', async () => {
      const given = await fakeService({ rknn_run: { kind: 'hang', ms: 20_600, waitMs: 50 } });

      const { end, stderr } = await script([load, set, run, get, 'perf 0'], { npu: given.address });

      expect(end).toBe(0);
      expect([...(await file('out.0'))]).toEqual([0, 0, 0, 0, 0, 0]);
      expect(stderr).toContain('run_duration 20600000\n');
    });

    test.each([
      ['nan', [NaN, NaN]],
      ['zero', [0, 0]],
      ['half', [expect.closeTo(0.5, 0)]],
    ] as const)('are outputs that are spoilt: %s', async (spoilt, expected) => {
      const given = await serviceOf(npu, { rknn_run: { kind: 'outputs', spoilt } });
      const model = join(models, 'two-class.fp16.rknn');

      await script([`init 0 ${model} 0`, 'set 0 1 0 3 1 0 0 picture', run, 'get 0 1 0 spoilt'], {
        npu: given.address,
      });

      expect([...elementsOf('float32', new Uint8Array(await file('spoilt.0')))]).toEqual(expected);
    });

    test('are calls that never return, until the program is killed', async () => {
      const given = await fakeService({ rknn_run: { kind: 'never' } });
      const demo = startScript(inference, { npu: given.address });
      await demo.says('rknn_inputs_set 0');
      await setTimeout(100);

      demo.kill();
      const { end, stderr } = await demo.ended;

      expect(end).toBe('SIGKILL');
      expect(statuses(stderr)).toHaveLength(2);
      await expect.poll(() => given.openContexts).toBe(0);
    });

    test('are text that drips', async () => {
      const given = await fakeService({ rknn_run: { kind: 'print', text: '.', count: 5, everyMs: 1 } });

      const { end, stdout } = await script(inference, { npu: given.address });

      expect(end).toBe(0);
      expect(stdout).toContain('.....');
    });

    test('are text without end, until the program is killed', async () => {
      const given = await fakeService({ rknn_run: { kind: 'print', text: 'noise\n' } });
      const demo = startScript(inference, { npu: given.address });
      await demo.says('rknn_inputs_set 0');
      await setTimeout(200);

      demo.kill();
      const { end, stdout } = await demo.ended;

      expect(end).toBe('SIGKILL');
      expect(stdout.match(/^noise$/gm)!.length).toBeGreaterThan(1000);
    });

    test('are memory that is taken', async () => {
      const given = await fakeService({ rknn_init: { kind: 'allocate', bytes: 8_000_000 } });

      const { end, stderr } = await script(inference, { npu: given.address });

      expect(end).toBe(0);
      expect(stderr).not.toMatch(/-\d/);
    });

    test('are versions that are wrong', async () => {
      const api = 'librknn_runtime version 9.9.9 (wrong)';
      const given = await fakeService({ version: { api, driver: '1.2.3' } });

      const { stdout, stderr } = await script([load, 'versions 0', 'versions -1'], { npu: given.address });

      expect(stdout).toBe(`${api}\n`);
      expect(stderr.match(/api .*\ndriver .*/g)).toEqual(Array(2).fill(`api ${api}\ndriver 1.2.3`));
    });

    test('are device nodes that are not there', async () => {
      const print = 'Failed to open device: No such file or directory, Try again...\n';
      const given = await fakeService({ rknn_init: { kind: 'status', status: -3, print } });

      const result = await script([load], { npu: given.address });

      expect(result).toEqual({ end: 0, stdout: print, stderr: 'rknn_init -3\n' });
    });

    test.each<[string, (given: NpuService) => unknown]>([
      ['a connection that breaks', (given) => (given.faults = { rknn_run: { kind: 'disconnect' } })],
      ['a service that ends', (given) => given[Symbol.asyncDispose]()],
    ])('are %s: the library says so, and nothing crashes', async (_fault, breakIt) => {
      const given = await fakeService();
      const demo = startScript([load, set, run, 'wait', run, get, run, destroy], { npu: given.address });
      await demo.says('rknn_run 0');

      await breakIt(given);
      demo.resume();
      const { end, stdout, stderr } = await demo.ended;

      expect(end).toBe(0);
      expect(statuses(stderr)).toEqual([
        'rknn_init 0',
        'rknn_inputs_set 0',
        'rknn_run 0',
        'rknn_run -1',
        'rknn_outputs_get -1',
        'rknn_outputs_release 0',
        'rknn_run -1',
        'rknn_destroy 0',
      ]);
      expect(stdout).toContain(
        'virtual board: the simulated NPU is lost: its connection ended\nRun graph fail\n',
      );
    });

    test('leave nothing behind when a program dies that holds contexts', async () => {
      const given = await fakeService();
      const demo = startScript([load, 'init 1 fake 0', 'wait'], { npu: given.address });
      await demo.says('rknn_init 0\nrknn_init 0');
      const held = given.openContexts;

      demo.kill();
      await demo.ended;

      expect(held).toBe(2);
      await expect.poll(() => given.openContexts).toBe(0);
    });
  });
});
