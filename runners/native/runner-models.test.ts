import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { ourLimits } from '../protocol/frame.ts';
import { greeting } from './runner-process.ts';
import { describeRunner, fourBytes, inferFour, refusal } from './runner-under-test.ts';

const floats = (payload: Uint8Array): number[] => [...new Float32Array(payload.slice().buffer)];

describeRunner('holds models', (runner) => {
  test('says what the vendor’s library says of itself, in JSON that every text fits into', async () => {
    const host = runner.start();

    const { head } = await host.ask({ ...greeting, versions: { min: 1, max: 9 } });

    expect(head).toMatchObject({
      type: 'hello',
      version: 1,
      api: 'librknn_runtime version 9.8.7 (test "library" \x01?)',
      driver: '6.4.0.test',
      pid: host.pid,
      pgid: host.pid,
      simulated: false,
      silenceSeconds: 30,
      features: ['want_float', 'collect_perf', 'suspect', 'layer-hashes'],
    });
    expect(runner.library).toContain('test');
  });

  test('leaves the versions empty where the driver tells them only with a context', async () => {
    const host = runner.start({ vendor: { RETURNS: 'rknn_query_5:-7' } });

    expect(await host.ask(greeting)).toMatchObject({ head: { type: 'hello', api: '', driver: '' } });
  });

  test('refuses a host with other versions, and ends', async () => {
    const host = runner.start();

    const answer = await host.ask({ ...greeting, versions: { min: 2, max: 3 } });

    expect(answer).toEqual(refusal('version', { usable: false, versions: { min: 1, max: 1 } }));
    expect(await host.exited).toEqual({ code: 2, signal: null });
  });

  test.each([
    ['is not there', '/nowhere/librknn_api.so', 'cannot open shared object file'],
    ['is no library', '/proc/self/environ', ''],
    ['lacks the functions', 'libm.so.6', 'rknn_init'],
  ])('ends with the loader’s words if the library %s', async (_, library, words) => {
    const host = runner.start({ args: ['--lib', library] });

    const answer = await host.ask(greeting);

    expect(answer).toEqual(refusal('library', { usable: false, message: expect.stringContaining(words) }));
    expect(await host.exited).toEqual({ code: 2, signal: null });
  });

  test('passes on that a librknn_api.so without its runtime fails at every call', async () => {
    const host = runner.start({ vendor: { RETURNS: 'rknn_query_5:-1' } });

    const vendor = { call: 'rknn_query', status: -1 };
    expect(await host.ask(greeting)).toEqual(refusal('vendor', { vendor }));
  });

  test('gives all attributes under the vendor’s names and numbers', async () => {
    const host = runner.start({
      vendor: { INPUTS: '6:3:2:-128:128:0.0078125', OUTPUTS: '2:1:0:0:0:nan,3:2:1:-3:253:0' },
    });
    await host.ask(greeting);

    const { head } = await host.ask(runner.load());

    const common = { dims: [6, 1], n_elems: 6, fmt: 1 };
    expect(head).toMatchObject({
      type: 'loaded',
      inputs: [
        {
          index: 0,
          name: 'in0',
          ...common,
          size: 6,
          type: 3,
          qnt_type: 2,
          fl: -128,
          zp: 128,
          scale: 0.0078125,
        },
      ],
      outputs: [
        { index: 0, name: 'out0', dims: [2, 1], n_elems: 2, size: 4, type: 1, qnt_type: 0, scale: 0 },
        { index: 1, name: 'out1', dims: [3, 1], n_elems: 3, size: 3, type: 2, qnt_type: 1, fl: -3, zp: 253 },
      ],
    });
  });

  // FIPS 180-4 has the first two hashes; the lengths around 55 and 64 are where the padding changes.
  test.each([0, 3, 55, 56, 63, 64, 65, 1000])(
    'reads a model of %i bytes and checks its hash',
    async (bytes) => {
      const host = runner.start();
      await host.ask(greeting);

      const { head } = await host.ask(runner.load(new Uint8Array(bytes).fill(0x61)));

      expect(head).toMatchObject({ type: 'loaded', model: 1 });
      expect(runner.trace()).toContain(`rknn_init size=${bytes} flag=0 dump=-`);
    },
  );

  test('refuses files that are not there, are folders, or are others', async () => {
    const host = await runner.startLoaded();
    const load = runner.load();
    const refused = (code: string, words: string) =>
      refusal(code, { message: expect.stringContaining(words) });

    expect(await host.ask({ ...load, path: '/nowhere' })).toEqual(
      refused('file', 'No such file or directory'),
    );
    expect(await host.ask({ ...load, path: '/' })).toEqual(refused('file', 'Is a directory'));
    expect(await host.ask({ ...load, sha256: '0'.repeat(64) })).toEqual(refused('hash', load.sha256));
    expect(await host.ask({ type: 'ping' })).toMatchObject({ head: { type: 'pong' } });
  });

  test('holds eight models, and never uses a number twice', async () => {
    const host = await runner.startLoaded();
    for (let model = 2; model <= 8; model++) {
      expect(await host.ask(runner.load())).toMatchObject({ head: { type: 'loaded', model } });
    }

    expect(await host.ask(runner.load())).toEqual(refusal('limit'));
    expect(await host.ask({ type: 'unload', model: 3 })).toMatchObject({ head: { type: 'unloaded' } });
    expect(await host.ask({ type: 'unload', model: 3 })).toEqual(refusal('model'));
    expect(await host.ask(runner.load())).toMatchObject({ head: { type: 'loaded', model: 9 } });
    expect(await host.ask({ ...inferFour, model: 3 }, [new Uint8Array(4)])).toEqual(refusal('model'));
  });

  test('keeps the model’s bytes until rknn_destroy, and gives every model back at bye', async () => {
    const host = await runner.startLoaded();
    await host.ask(runner.load('another'));

    expect(await host.ask({ type: 'bye' })).toMatchObject({ head: { type: 'bye' } });

    expect(await host.exited).toEqual({ code: 0, signal: null });
    expect(runner.trace().filter((line) => line.startsWith('rknn_destroy'))).toEqual([
      'rknn_destroy model=intact',
      'rknn_destroy model=intact',
    ]);
  });

  test.each(['rknn_init', 'rknn_query_0', 'rknn_query_1', 'rknn_query_2'])(
    'passes on what %s returns, forgets the model, and goes on',
    async (call) => {
      const host = runner.start({ vendor: { RETURNS: `${call}:-13` } });
      await host.ask(greeting);

      const vendor = { call: call.replace(/_\d$/, ''), status: -13 };
      expect(await host.ask(runner.load())).toEqual(refusal('vendor', { vendor }));
      expect(await host.ask({ type: 'unload', model: 1 })).toEqual(refusal('model'));
    },
  );

  test('does not believe a driver that counts millions of tensors', async () => {
    const host = runner.start({ vendor: { TENSORS: 1_000_000 } });
    await host.ask(greeting);

    expect(await host.ask(runner.load())).toEqual(refusal('internal'));
  });
});

describeRunner('runs models', (runner) => {
  test('hands every input over as it is declared, in the order of the request', async () => {
    const host = await runner.startLoaded({
      vendor: { INPUTS: '4:3:0:0:0:0,2:4:0:0:0:0', OUTPUTS: '4:3:0:0:0:0,6:3:0:0:0:0' },
    });
    const second = { index: 1, type: 4, fmt: 0, pass_through: true, size: 99, offset: 8, length: 4 };
    const payload = [Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0, 10, 20, 30, 40)];

    const { head, payload: answer } = await host.ask({ ...inferFour, inputs: [second, fourBytes] }, payload);

    expect(runner.trace().filter((line) => line.startsWith('input '))).toEqual([
      'input index=1 size=99 type=4 fmt=0 pass_through=1',
      'input index=0 size=4 type=3 fmt=1 pass_through=0',
    ]);
    const outputs = [{ index: 0, offset: 0, length: 4 }, { index: 1, offset: 8, length: 6 }]; // prettier-ignore
    expect(head).toMatchObject({ outputs });
    expect([...answer]).toEqual([11, 22, 33, 44, 0, 0, 0, 0, 12, 23, 34, 45, 1, 1]);
    const sum = crc32(answer.subarray(8), crc32(answer.subarray(0, 4)));
    expect(head).toMatchObject({ runs: [{ npuTimeUs: 4321, crc32: sum }] });
  });

  // The runtime reads as much as the model says, whatever it is told; the sanitizers see it if that is not there.
  test.each([
    ['shorter than the model’s input', { type: 3, size: 2, length: 2 }],
    ['declared as four bytes for each element', { type: 0, size: 4, length: 4 }],
    ['declared larger than it is', { type: 3, size: 1_000_000, length: 4 }],
    ['empty', { type: 3, size: 0, length: 0 }],
  ])('survives a buffer that is %s, and fills it with zeros', async (_, declared) => {
    const host = await runner.startLoaded();
    const inputs = [{ ...fourBytes, ...declared }];

    const { payload } = await host.ask({ ...inferFour, inputs }, [Uint8Array.of(5, 6, 7, 8)]);

    expect([...payload]).toEqual([5, 6, 7, 8].map((value, i) => (i < declared.length ? value : 0)));
  });

  test('leaves nothing of one request’s inputs in those of the next', async () => {
    const host = await runner.startLoaded();
    await host.ask(inferFour, [Uint8Array.of(5, 6, 7, 8)]);
    const inputs = [{ ...fourBytes, length: 1 }];

    const { payload } = await host.ask({ ...inferFour, inputs }, [Uint8Array.of(9)]);

    expect([...payload]).toEqual([9, 0, 0, 0]);
  });

  test('runs as often as it is told and answers with the first outputs', async () => {
    const host = await runner.startLoaded();

    const { head } = await host.ask({ ...inferFour, repeats: 3 }, [Uint8Array.of(1, 2, 3, 4)]);

    const run = { npuTimeUs: 4321, crc32: crc32(Uint8Array.of(1, 2, 3, 4)) };
    expect(head).toMatchObject({ type: 'inferred', runs: [run, run, run] });
    const released = runner.trace().filter((line) => line.startsWith('rknn_outputs_release'));
    expect(released).toHaveLength(3);
  });

  test('gives the float32 values of the vendor’s runtime where they are asked for', async () => {
    const host = await runner.startLoaded({ vendor: { OUTPUTS: '4:3:2:0:2:0.5' } });

    const { head, payload } = await host.ask({ ...inferFour, want_float: true }, [
      Uint8Array.of(0, 2, 3, 255),
    ]);

    expect(head).toMatchObject({ outputs: [{ index: 0, offset: 0, length: 16 }] });
    expect(floats(payload)).toEqual([-1, 0, 0.5, 126.5]);
  });

  test('gives the performance detail of models that were loaded for it, and only of them', async () => {
    const host = await runner.startLoaded();
    await host.ask({ ...runner.load(), collect_perf: true });

    const plain = await host.ask(inferFour, [new Uint8Array(4)]);
    const detailed = await host.ask({ ...inferFour, model: 2 }, [new Uint8Array(4)]);

    expect(plain.head).not.toHaveProperty('perfDetail');
    expect(detailed.head).toMatchObject({ perfDetail: 'Layer  Time(us)\n0      12\n' });
    expect(runner.trace()).toContain('rknn_init size=7 flag=8 dump=-');
  });

  test.each(['rknn_inputs_set', 'rknn_run', 'rknn_query_4', 'rknn_outputs_get', 'rknn_outputs_release'])(
    'passes on what %s returns, and goes on',
    async (call) => {
      const host = await runner.startLoaded({ vendor: { RETURNS: `${call}:-2` } });

      const vendor = { call: call.replace(/_\d$/, ''), status: -2 };
      expect(await host.ask(inferFour, [new Uint8Array(4)])).toEqual(refusal('vendor', { vendor }));
      expect(await host.ask({ type: 'ping' })).toMatchObject({ head: { type: 'pong' } });
    },
  );

  test('passes on what rknn_destroy returns', async () => {
    const host = await runner.startLoaded({ vendor: { RETURNS: 'rknn_destroy:-7' } });

    const vendor = { call: 'rknn_destroy', status: -7 };
    expect(await host.ask({ type: 'unload', model: 1 })).toEqual(refusal('vendor', { vendor }));
  });

  test.each<[string, string, Record<string, string | number>]>([
    ['gives less than its attributes promise', 'internal', { OUTPUT_BYTES: 3 }],
    ['gives no memory', 'internal', { NO_BUFFER: 1 }],
    ['promises more than the host takes', 'limit', { OUTPUTS: '4000000000:3:0:0:0:0' }],
    [
      'promises more than there is memory for in all',
      'limit',
      { OUTPUTS: Array(8).fill('4000000000:3:0:0:0:0').join() },
    ],
  ])('refuses outputs of a runtime that %s', async (_, code, vendor) => {
    const host = await runner.startLoaded({ vendor });

    expect(await host.ask(inferFour, [new Uint8Array(4)])).toEqual(refusal(code));
    expect(await host.ask({ type: 'ping' })).toMatchObject({ head: { type: 'pong' } });
  });

  test('takes what its attributes promise of a runtime that gives more', async () => {
    const host = await runner.startLoaded({ vendor: { OUTPUT_BYTES: 4000 } });

    expect((await host.ask(inferFour, [Uint8Array.of(1, 2, 3, 4)])).payload).toHaveLength(4);
  });

  test('refuses inputs beyond the payload', async () => {
    const host = await runner.startLoaded();

    expect(await host.ask(inferFour, [new Uint8Array(3)])).toEqual(refusal('request'));
    const far = { ...fourBytes, offset: Number.MAX_SAFE_INTEGER };
    expect(await host.ask({ ...inferFour, inputs: [far] }, [new Uint8Array(3)])).toEqual(refusal('request'));
  });

  test('refuses answers that the host does not take', async () => {
    const host = runner.start({ vendor: { OUTPUTS: '100:3:0:0:0:0' } });
    await host.ask({ ...greeting, limits: { headBytes: 2000, payloadBytes: 99 } });
    await host.ask(runner.load());

    expect(await host.ask(inferFour, [new Uint8Array(4)])).toEqual(refusal('limit'));
    expect(await host.ask({ ...inferFour, repeats: 100_000 }, [new Uint8Array(4)])).toEqual(refusal('limit'));
    expect(ourLimits.headBytes).toBeGreaterThan(2000);
  });

  test.each<[string, Record<string, string | number>, boolean]>([
    ['half floats', { OUTPUTS: '4:1:0:0:0:0' }, false],
    ['two outputs', { OUTPUTS: '4:1:0:0:0:0,9:3:2:0:7:0.5' }, false],
    ['the floats of halves', { OUTPUTS: '4:0:0:0:0:0' }, true],
    ['the floats of an affine tensor', { OUTPUTS: '4:3:2:0:7:0.1' }, true],
  ])('recognises the signature of an NPU that hung, in %s', async (_, vendor, want_float) => {
    const host = await runner.startLoaded({
      vendor: { ...vendor, ZEROS: 1, RUN_MS: 50 },
      env: { HIL_NPU_HANG_MS: '40' },
    });

    const { head } = await host.ask({ ...inferFour, want_float }, [Uint8Array.of(1, 2, 3, 4)]);

    expect(head).toMatchObject({ type: 'inferred', runs: [{ suspect: 'hang' }] });
  });

  test('suspects neither a slow run with an answer, nor a fast one with zeros', async () => {
    const slow = await runner.startLoaded({ vendor: { RUN_MS: 50 }, env: { HIL_NPU_HANG_MS: '40' } });
    const zeros = await runner.startLoaded({ vendor: { ZEROS: 1, RUN_MS: 50 } });

    const answers = [slow, zeros].map((host) => host.ask(inferFour, [Uint8Array.of(0, 0, 0, 1)]));

    for (const { head } of await Promise.all(answers)) {
      expect(head).toMatchObject({ runs: [{ npuTimeUs: 4321 }] });
      expect(head).not.toMatchObject({ runs: [{ suspect: 'hang' }] });
    }
  });
});
