import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { BoardInput } from '../../../harness/board/session.ts';
import { bytesOf, elementsOf } from '../../../harness/tensor/dtype.ts';
import { halvesToFloats } from '../../../harness/tensor/half.ts';
import { fakeModel } from '../../virtual/embedded/fake-npu.ts';
import { engine } from '../../virtual/npu/example-model.ts';
import { personalities } from '../../virtual/npu/personality.ts';
import { createSimulatedNpu } from '../../virtual/npu/simulated-npu.ts';
import { demoBench, demoBuilds } from './demo-bench.ts';

const models = join(import.meta.dirname, '../../../specs/models');
const npu = createSimulatedNpu({ engine, personality: personalities['1.7.5'] });
const picture = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);

vi.setConfig({ testTimeout: 120_000 });

describe.each(demoBuilds)('the stand-in library %s', (_name, { lacking, build }) => {
  describe.skipIf(lacking !== undefined)('under a program that uses it,', () => {
    const { pathOf, classify, script, file, write, fakeService } = demoBench(build, {
      npu,
      files: { picture },
    });

    test('lets a program of the vendor’s kind classify a picture', async () => {
      const model = join(models, 'ten-class.fp16.rknn');

      const { end, stdout } = await classify(model, 'picture');

      const scores = await softmaxOf(await readFile(model));
      const best = [...scores.entries()].sort(([, a], [, b]) => b - a).slice(0, 5);
      expect(stdout.split('\n')).toEqual([
        personalities['1.7.5'].apiVersion,
        'model input num: 1, output num: 1',
        'rknn_run',
        ' --- Top5 ---',
        ...best.map(([label, score]) => `${String(label).padStart(3)}: ${score.toFixed(6)}`),
        '',
      ]);
      expect(end).toBe(0);
    });

    describe('answers what the simulated NPU answers, byte for byte,', async () => {
      const files = (await readdir(models)).filter((name) => name.endsWith('.rknn')).sort();
      const floats = Float32Array.from(picture, (byte) => byte / 2 - 60);
      const ways: readonly (Omit<BoardInput, 'index' | 'sizeBytes'> & { readonly way: string })[] = [
        { way: 'bytes, NHWC', bytes: picture, dtype: 'uint8', layout: 'NHWC', passThrough: false },
        { way: 'signed bytes, NCHW', bytes: picture, dtype: 'int8', layout: 'NCHW', passThrough: false },
        { way: 'floats, NCHW', bytes: bytesOf(floats), dtype: 'float32', layout: 'NCHW', passThrough: false },
        {
          way: '16-bit numbers, NHWC',
          bytes: bytesOf(Int16Array.from(picture)),
          dtype: 'int16',
          layout: 'NHWC',
          passThrough: false,
        },
        {
          way: 'halves, NCHW',
          bytes: bytesOf(Uint16Array.from(picture, (byte) => 0x4000 + byte)),
          dtype: 'float16',
          layout: 'NCHW',
          passThrough: false,
        },
      ];

      test.each(files)('for %s', async (name) => {
        const model = await readFile(join(models, name));
        await using context = await npu.init(model, () => undefined);
        const [attribute] = context.inputs;
        const raw = Uint8Array.from({ length: attribute!.sizeBytes }, (_, i) => i % 61);
        const all = [
          ...ways,
          { way: 'passed through', bytes: raw, dtype: 'uint8', layout: 'NHWC', passThrough: true } as const,
        ];
        const lines: string[] = [`init 0 ${join(models, name)} 0`];
        for (const [i, { bytes, dtype, layout, passThrough }] of all.entries()) {
          await write(`in${i}`, bytes);
          const type = ['float32', 'float16', 'int8', 'uint8', 'int16'].indexOf(dtype);
          const fmt = layout === 'NCHW' ? 0 : 1;
          lines.push(
            `set 0 1 0 ${type} ${fmt} ${passThrough ? 1 : 0} 0 in${i}`,
            'run 0',
            `get 0 0 ${i % 2} raw${i}`,
          );
        }

        const { end, stderr } = await script(lines);

        expect({ end, stderr }).toMatchObject({ end: 0, stderr: expect.not.stringMatching(/-\d/) });
        for (const [i, { way: _, ...input }] of all.entries()) {
          const { outputs } = await context.run(
            [{ ...input, index: 0, sizeBytes: input.bytes.length }],
            () => undefined,
          );
          expect(Buffer.compare(await file(`raw${i}.0`), bytesOf(outputs[0]!.tensor.data))).toBe(0);
        }
      });
    });

    async function softmaxOf(model: Uint8Array): Promise<Float32Array> {
      await using context = await npu.init(model, () => undefined);
      const input: BoardInput = {
        index: 0,
        bytes: picture,
        dtype: 'uint8',
        layout: 'NHWC',
        passThrough: false,
        sizeBytes: picture.length,
      };
      const { outputs } = await context.run([input], () => undefined);
      return halvesToFloats(elementsOf('float16', bytesOf(outputs[0]!.tensor.data)));
    }

    test('describes tensors in the vendor’s layout, where zp and fl share their storage', async () => {
      const { stderr } = await script([`init 0 ${join(models, 'two-class.u8.rknn')} 0`, 'attributes 0']);

      await using context = await npu.init(
        await readFile(join(models, 'two-class.u8.rknn')),
        () => undefined,
      );
      const [input] = context.inputs;
      const { scale, zp } = input!.quantisation as { scale: number; zp: number };
      expect(stderr).toContain(`input index=0 name=${input!.name} n_dims=4 `);
      expect(stderr).toContain(
        ` n_elems=12288 size=12288 fmt=0 type=3 qnt_type=2 fl=${(zp << 24) >> 24} zp=${zp} scale=`,
      );
      expect(Number(/ scale=(\S+)/.exec(stderr)?.[1])).toBeCloseTo(Math.fround(scale), 9);
    });

    test('answers versions with and without a context', async () => {
      const { apiVersion, driverVersion } = personalities['1.7.5'];

      const { stderr, stdout } = await script([
        'versions -1',
        `init 0 ${join(models, 'two-class.fp16.rknn')} 0`,
        'versions 0',
      ]);

      const answer = `rknn_query 0\napi ${apiVersion}\ndriver ${driverVersion}\n`;
      expect(stderr).toBe(`${answer}rknn_init 0\n${answer}`);
      expect(stdout).toBe(`${apiVersion}\n`);
    });

    test('gives real values where they are wanted', async () => {
      for (const name of ['two-class.i8.rknn', 'two-class.u8.rknn', 'two-class.fp16.rknn']) {
        const { end } = await script([
          `init 0 ${join(models, name)} 0`,
          'set 0 1 0 3 1 0 0 picture',
          'run 0',
          'get 0 1 0 handed',
          'get 0 1 1 own',
        ]);

        expect(end).toBe(0);
        const values = elementsOf('float32', new Uint8Array(await file('handed.0')));
        expect([...values]).toEqual([...(await softmaxOf(await readFile(join(models, name))))]);
        expect(await file('own.0')).toEqual(await file('handed.0'));
      }
    });

    test('leaves a buffer of a wrong size as it was, and returns 0', async () => {
      const { stderr } = await script([
        `init 0 ${join(models, 'two-class.fp16.rknn')} 0`,
        'set 0 1 0 3 1 0 0 picture',
        'run 0',
        'get 0 1 1 wrong 12',
      ]);

      expect(stderr).toContain('rknn_outputs_get 0\n');
      expect([...(await file('wrong.0'))]).toEqual(Array(12).fill(0xee));
    });

    test('prints what the vendor’s loader prints, and returns its code', async () => {
      await write('none', Buffer.from('this is no model at all'));

      const { stdout, stderr } = await script(['init 0 none 0']);

      expect(stdout).toBe(
        `${personalities['1.7.5'].apiVersion}\nInvalid RKNN model:2338328219631577204 vs 1313753938\nCreate RKNN model fail, error=-6\n`,
      );
      expect(stderr).toBe('rknn_init -6\n');
    });

    test('returns the vendor’s codes for wrong arguments', async () => {
      const given = await fakeService();

      const { end, stderr } = await script(['init 0 fake 0', 'arguments 0'], { npu: given.address });

      expect(end).toBe(0);
      expect(stderr.trimEnd().split('\n')).toEqual([
        'rknn_init 0',
        'init-null-context -7',
        'init-null-model -6',
        'init-precompile -11',
        'query-no-context -7',
        'query-foreign-context -7',
        'query-null -5',
        'query-size -5',
        'query-unknown -5',
        'query-index -5',
        'query-detail-without-flag -1',
        'query-precompile -1',
        'set-no-context -7',
        'set-nothing 0',
        'set-index -1',
        'set-type -8',
        'set-null -8',
        'get-before-run -1',
        'get-nothing 0',
        'run-no-context -7',
        'get-no-context -7',
        'release-no-context -7',
        'destroy-no-context -7',
        'create-mem-nothing 1',
        'create-mem-huge 1',
        'destroy-mem-foreign -5',
        'set-io-mem-foreign -5',
        'sync-foreign -5',
      ]);
    });

    test('holds several models, each with its own inputs and results', async () => {
      const given = await fakeService();
      await write('fake2', fakeModel(2, 3));
      await write('two', Uint8Array.of(9, 19));

      const { end } = await script(
        [
          'init 0 fake 0',
          'init 1 fake2 0',
          'init 2 fake 0',
          'set 1 1 0 3 0 0 0 two',
          'set 0 1 0 3 0 0 0 four',
          'run 1',
          'run 0',
          'get 0 0 0 a',
          'get 1 0 0 b',
          'destroy 1',
          'run 0',
          'get 0 0 1 c',
          'destroy 0',
          'destroy 2',
        ],
        { npu: given.address },
      );

      expect(end).toBe(0);
      expect([...(await file('a.0'))]).toEqual([1, 2, 3, 0, 1, 2]);
      expect([...(await file('b.0'))]).toEqual([10, 20, 10]);
      expect(await file('c.0')).toEqual(await file('a.0'));
      expect(given.openContexts).toBe(0);
    });

    test('serves two threads, with one context for both and with one for each', async () => {
      const { end, stderr } = await script([
        `init 0 ${join(models, 'two-class.u8.rknn')} 0`,
        `init 1 ${join(models, 'ten-class.fp16.rknn')} 0`,
        'set 0 1 0 3 1 0 0 picture',
        'set 1 1 0 3 1 0 0 picture',
        'threads 0 0 10',
        'threads 0 1 10',
      ]);

      expect(end).toBe(0);
      expect(stderr.match(/differing \d+/g)).toEqual(['differing 0', 'differing 0']);
    });

    test('with the asynchronous flag gives the result of the run before', async () => {
      const given = await fakeService();
      await write('again', Uint8Array.of(10, 11, 12, 13));

      const { stderr } = await script(
        [
          'init 0 fake 4',
          'set 0 1 0 3 0 0 0 four',
          'run 0',
          'get 0 0 0 first',
          'set 0 1 0 3 0 0 0 again',
          'run 0',
          'get 0 0 0 second',
          'run 0',
          'get 0 0 0 third',
        ],
        { npu: given.address },
      );

      expect([...(await file('first.0'))]).toEqual([1, 2, 3, 0, 1, 2]);
      expect([...(await file('second.0'))]).toEqual([1, 2, 3, 0, 1, 2]);
      expect([...(await file('third.0'))]).toEqual([11, 12, 13, 14, 11, 12]);
      expect(stderr.match(/frame \d+/g)).toEqual([1, 1, 2, 1, 3, 2].map((frame) => `frame ${frame}`));
    });

    test.each(['zerocopy', 'map'])('takes raw tensors through the %s calls', async (way) => {
      const model = join(models, 'two-class.u8.rknn');
      const raw = Uint8Array.from({ length: 12_288 }, (_, i) => (i * 31) % 256);
      await write('raw', raw);

      const { end, stderr } = await script([
        `init 0 ${model} 0`,
        `${way} 0 raw shared`,
        'set 0 1 0 3 0 1 0 raw',
        'run 0',
        'get 0 0 0 passed',
      ]);

      expect(end).toBe(0);
      expect(stderr.match(/\w+ -\d+/g) ?? []).toEqual(way === 'zerocopy' ? ['rknn_inputs_set -5'] : []);
      expect(await file('shared.0')).toEqual(await file('passed.0'));
    });

    test('reads as many bytes as the model needs, whatever size is declared, but never where no memory is', async () => {
      const given = await fakeService();
      await write('large', fakeModel(50_000_000, 6));

      const { end, stderr, stdout } = await script(
        [
          'init 0 fake 0',
          'set 0 1 0 3 0 0 2 four',
          'run 0',
          'get 0 0 0 read-on',
          // Fifty million bytes behind a buffer of four are not there.
          'init 1 large 0',
          'set 1 1 0 3 0 0 0 four',
          'run 1',
          'get 1 0 0 beyond',
        ],
        { npu: given.address },
      );

      expect({ end, stdout }).toMatchObject({ end: 0 });
      expect(stderr).not.toMatch(/-\d/);
      expect([...(await file('read-on.0'))]).toEqual([1, 2, 3, 0, 1, 2]);
      expect([...(await file('beyond.0')).subarray(0, 4)]).toEqual([1, 2, 3, 0]);
    });

    test('reports the NPU’s own time, and details only where the flag asks for them', async () => {
      const given = await fakeService();

      const { stderr } = await script(
        ['init 0 fake 8', 'set 0 1 0 3 0 0 0 four', 'run 0', 'perf 0', 'detail 0'],
        { npu: given.address },
      );

      expect(stderr).toContain('run_duration 1000\n');
      expect(stderr).toContain('detail simulated NPU: ');
    });

    test('writes layer dumps into the current folder under NN_LAYER_DUMP', async () => {
      const model = join(models, 'two-class.fp16.rknn');

      const { end, stdout } = await script(
        [`init 0 ${model} 0`, 'set 0 1 0 3 1 0 0 picture', 'run 0', 'get 0 0 0 dumped'],
        { env: { NN_LAYER_DUMP: '1' } },
      );

      expect(end).toBe(0);
      await using context = await npu.init(await readFile(model), () => undefined);
      const input: BoardInput = {
        index: 0,
        bytes: picture,
        dtype: 'uint8',
        layout: 'NHWC',
        passThrough: false,
        sizeBytes: picture.length,
      };
      const layers = await context.layers([input], () => undefined);
      expect(layers.length).toBeGreaterThan(5);
      for (const { name, tensor } of layers) {
        const lines = (await file(name)).toString().trimEnd().split('\n');
        expect(lines).toHaveLength(tensor.data.length);
        // Six decimals: half a millionth off at most.
        const wrong = lines.filter(
          (line, i) =>
            !/^-?\d+\.\d{6}$/.test(line) || Math.abs(Number(line) - Number(tensor.data[i])) > 5.001e-7,
        );
        expect(wrong).toEqual([]);
      }
      expect(stdout.match(/^\*{11}dump layer :/gm)).toHaveLength(layers.length);
      expect((await file('NodeID_To_LayerName.txt')).toString()).toMatch(
        /^NodeID\t LayerName\n( \d+\t\S+\n)+$/,
      );
      expect(elementsOf('float16', new Uint8Array(await file('dumped.0')))).toHaveLength(2);
    });

    test('without a service returns -3 and says where it looked', async () => {
      const nowhere = `unix:${pathOf('none.sock')}`;

      const { end, stdout, stderr } = await script(['init 0 picture 0', 'versions -1'], { npu: nowhere });

      expect(end).toBe(0);
      expect(stderr).toContain('rknn_init -3\nrknn_query -3\n');
      expect(stdout).toContain(`virtual board: no simulated NPU at ${nowhere}: No such file or directory\n`);
      expect(stdout).toContain('Create RKNN model fail, error=-3\n');
    });

    test.each([
      '',
      'unix:',
      'tcp:localhost',
      'tcp:127.0.0.1:1',
      'tcp::',
      'http://x',
      `unix:/${'x'.repeat(200)}`,
    ])('returns -3 for the address "%s"', async (address) => {
      const { end, stderr } = await script(['versions -1'], {
        npu: address,
        // The usual place, which another board on this machine may serve.
        env: address === '' ? { HIL_NPU: 'unix:/nonexistent' } : {},
      });

      expect(end).toBe(0);
      expect(stderr).toContain('rknn_query -3\n');
    });
  });
});
