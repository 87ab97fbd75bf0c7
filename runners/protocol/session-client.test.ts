import { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { BoardInput } from '../../harness/board/session.ts';
import { encodeFrame, ourLimits } from './frame.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { LogBuffer } from './log-buffer.ts';
import { parseRequest, type Reply, type Request } from './messages.ts';
import {
  FrameCorruptError,
  FrameCutError,
  FrameGarbageError,
  MessageError,
  ProtocolVersionError,
  RunnerGoneError,
  RunnerSilentError,
} from './protocol-error.ts';
import { RemoteModel } from './remote-model.ts';
import { RunnerRefusalError } from './runner-refusal.ts';
import { SessionClient } from './session-client.ts';
import { VendorStatusError } from './vendor-status.ts';

type Send = (head: Reply, payload?: readonly Uint8Array[]) => void;

/** The other end of a client's stream: answers requests as a test says. */
class ScriptedRunner {
  readonly stream: Duplex;
  readonly requests: Request[] = [];
  readonly #decoder = new FrameDecoder('host', ourLimits);

  constructor(answer: (request: Request, send: Send) => void) {
    this.stream = new Duplex({
      read: () => undefined,
      write: (chunk: Uint8Array, _encoding, done) => {
        for (const frame of this.#decoder.push(chunk)) {
          const { head } = parseRequest(frame);
          this.requests.push(head);
          answer(head, this.send);
        }
        done();
      },
    });
    // An open session goes on to ping, in whatever test comes next.
    onTestFinished(() => this.end());
  }

  readonly send: Send = (head, payload) => {
    for (const chunk of encodeFrame('runner', head, payload)) this.stream.push(chunk);
  };

  raw(bytes: Uint8Array | string): void {
    this.stream.push(bytes);
  }

  end(): void {
    this.stream.destroy();
  }

  readonly explainEnd = async (cut: FrameCutError | undefined): Promise<FrameCutError | RunnerGoneError> =>
    cut ?? new RunnerGoneError('it ended with exit status 1');
}

const hello: Extract<Reply, { type: 'hello' }> = {
  type: 'hello',
  id: 1,
  version: 1,
  runner: { name: 'scripted', version: '1', build: '' },
  limits: { headBytes: 1000, payloadBytes: 100_000, models: 1 },
  silenceSeconds: 30,
  api: 'librknn_runtime version 1.7.5',
  driver: '6.4.6.5.351518',
  pid: 10,
  pgid: 10,
  simulated: true,
  board: { bootId: 'boot', kernel: 'Linux', chip: '' },
};

/** A session with a runner that greets as it should and then does as the test says. */
async function greeted(
  answer: (request: Request, send: Send) => void,
): Promise<{ client: SessionClient; runner: ScriptedRunner; log: LogBuffer }> {
  const log = new LogBuffer();
  const runner = new ScriptedRunner((request, send) => {
    if (request.type === 'hello') send(hello);
    else answer(request, send);
  });
  const client = await SessionClient.open(runner, { log });
  return { client, runner, log };
}

const open = (runner: ScriptedRunner, helloTimeoutMs = 5000): Promise<SessionClient> =>
  SessionClient.open(runner, { log: new LogBuffer(), helloTimeoutMs });

const loadRequest = { type: 'load', path: '/m', sha256: '0'.repeat(64) } as const;
async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const unexpected = (): never => {
  throw new Error('no request was expected');
};

describe('greeting a runner', () => {
  test('offers the versions it speaks and learns what the runner says', async () => {
    const runner = new ScriptedRunner((_request, send) => send(hello));

    const client = await open(runner);

    expect(client.hello).toEqual(hello);
    expect(client.alive).toBe(true);
    expect(runner.requests).toEqual([
      { type: 'hello', id: 1, versions: { min: 1, max: 1 }, silenceSeconds: 30, limits: ourLimits },
    ]);
  });

  test('shows what stands where a frame should be', async () => {
    const runner: ScriptedRunner = new ScriptedRunner(() => runner.raw('sh: hil-npu-run: not found\n'));

    const opening = open(runner);

    await expect(opening).rejects.toBeInstanceOf(FrameGarbageError);
    await expect(opening).rejects.toThrow('"sh: hil-npu-run: not found\\n"');
  });

  test('says that nothing came', async () => {
    const runner = new ScriptedRunner(() => undefined);

    const opening = open(runner, 30);

    await expect(opening).rejects.toBeInstanceOf(RunnerSilentError);
    await expect(opening).rejects.toThrow('the device runner did not answer hello within 30 ms');
  });

  test('says that the runner ended in the middle of its answer', async () => {
    const runner: ScriptedRunner = new ScriptedRunner(() => {
      runner.raw(Buffer.concat(encodeFrame('runner', hello)).subarray(0, 30));
      setImmediate(() => runner.end());
    });

    await expect(open(runner)).rejects.toBeInstanceOf(FrameCutError);
  });

  test('asks why the stream ended when it ends between frames', async () => {
    const runner: ScriptedRunner = new ScriptedRunner(() => setImmediate(() => runner.end()));

    await expect(open(runner)).rejects.toThrow('the device runner is gone: it ended with exit status 1');
  });

  test('names both ranges when there is no common version', async () => {
    const runner = new ScriptedRunner(({ id }, send) =>
      send({ type: 'error', id, code: 'version', message: '', versions: { min: 7, max: 9 }, usable: false }),
    );

    const opening = open(runner);

    await expect(opening).rejects.toBeInstanceOf(ProtocolVersionError);
    await expect(opening).rejects.toThrow(
      'the device runner speaks versions 7 to 9 of the session protocol, the harness version 1',
    );
  });

  test('refuses a version that it did not offer', async () => {
    const runner = new ScriptedRunner((_request, send) => send({ ...hello, version: 2 }));

    await expect(open(runner)).rejects.toBeInstanceOf(ProtocolVersionError);
  });

  test('passes on why the vendor’s library does not open', async () => {
    const message = 'librknn_api.so: cannot open shared object file';
    const runner = new ScriptedRunner(({ id }, send) =>
      send({ type: 'error', id, code: 'library', message, usable: false }),
    );

    await expect(open(runner)).rejects.toMatchObject({
      code: 'HIL_RUNNER_LIBRARY',
      owner: 'lab',
      message: `the device runner refused hello: ${message}`,
    });
  });

  test('names the field of an answer that is not as specified', async () => {
    const runner = new ScriptedRunner((_request, send) => send({ ...hello, pid: -1 }));

    const opening = open(runner);

    await expect(opening).rejects.toBeInstanceOf(MessageError);
    await expect(opening).rejects.toThrow('message "hello": pid: ');
  });
});

describe('asking a runner', () => {
  test('sorts answers by their ids', async () => {
    const waiting: (() => void)[] = [];
    const { client } = await greeted(({ id }, send) => {
      waiting.unshift(() => send({ type: 'unloaded', id }));
      if (waiting.length === 2) for (const answer of waiting) answer();
    });

    const answers = await Promise.all([
      client.call({ type: 'unload', model: 1 }, 'unloaded', {}),
      client.call({ type: 'unload', model: 2 }, 'unloaded', {}),
    ]);

    expect(answers.map(({ head }) => head.id)).toEqual([2, 3]);
  });

  test('keeps text that arrives between the frames', async () => {
    const { client, log } = await greeted(({ id }, send) => {
      send({ type: 'log', text: 'loading\n' });
      send({ type: 'unloaded', id });
    });

    await client.call({ type: 'unload', model: 1 }, 'unloaded', {});

    expect(log.take()).toBe('loading\n');
  });

  test('turns a status of the vendor into a sentence, with what the board printed meanwhile', async () => {
    const { client } = await greeted(({ id }, send) => {
      send({ type: 'log', text: 'Create RKNN model fail, error=-13\n' });
      const vendor = { call: 'rknn_init', status: -13 };
      send({ type: 'error', id, code: 'vendor', message: '', vendor, usable: true });
    });

    const loading = client.call(loadRequest, 'loaded', {});

    await expect(loading).rejects.toBeInstanceOf(VendorStatusError);
    await expect(loading).rejects.toThrow('Create RKNN model fail, error=-13');
    expect(client.alive).toBe(true);
  });

  test('is over after an error that leaves the session unusable', async () => {
    const { client } = await greeted(({ id }, send) =>
      send({ type: 'error', id, code: 'internal', message: 'out of memory', usable: false }),
    );

    await expect(client.call(loadRequest, 'loaded', {})).rejects.toBeInstanceOf(RunnerRefusalError);
    expect(client.alive).toBe(false);
    await expect(client.call(loadRequest, 'loaded', {})).rejects.toThrow('out of memory');
  });

  test('ends the session at an answer to a request that nobody made', async () => {
    const { client } = await greeted((_request, send) => send({ type: 'pong', id: 99 }));

    const loading = client.call(loadRequest, 'loaded', {});

    await expect(loading).rejects.toThrow('an answer "pong" to request 99, which was not asked');
    expect(client.alive).toBe(false);
  });

  test('ends the session at an answer of another kind', async () => {
    const { client } = await greeted(({ id }, send) => send({ type: 'pong', id }));

    await expect(client.call(loadRequest, 'loaded', {})).rejects.toBeInstanceOf(MessageError);
    expect(client.alive).toBe(false);
  });

  test('ends the session at a damaged frame', async () => {
    const { client, runner } = await greeted(({ id }) => {
      const frame = Buffer.concat(encodeFrame('runner', { type: 'unloaded', id }));
      frame[frame.length - 2]! ^= 1;
      runner.raw(frame);
    });

    await expect(client.call(loadRequest, 'loaded', {})).rejects.toBeInstanceOf(FrameCorruptError);
    expect(client.alive).toBe(false);
  });

  test('fails every request that waits when the runner goes', async () => {
    const { client, runner } = await greeted(() => setImmediate(() => runner.end()));

    const requests = [client.call(loadRequest, 'loaded', {}), client.call(loadRequest, 'loaded', {})];

    for (const result of await Promise.allSettled(requests)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'HIL_RUNNER_GONE' } });
    }
  });

  test('stops waiting when its signal aborts, ignores the late answer, and is no longer alive', async () => {
    const { client, runner } = await greeted(() => undefined);
    const controller = new AbortController();
    const loading = client.call(loadRequest, 'loaded', { signal: controller.signal });
    const reason = new Error('enough');

    controller.abort(reason);
    runner.send({ type: 'unloaded', id: 2 });

    await expect(loading).rejects.toBe(reason);
    expect(client.alive).toBe(false);
  });

  test('sends nothing when its signal has aborted already', async () => {
    const { client, runner } = await greeted(unexpected);

    const loading = client.call(loadRequest, 'loaded', { signal: AbortSignal.abort(new Error('enough')) });

    await expect(loading).rejects.toThrow('enough');
    expect(runner.requests).toHaveLength(1);
    expect(client.alive).toBe(true);
  });

  test('does not send more than the runner takes', async () => {
    const { client } = await greeted(unexpected);
    const payload = [new Uint8Array(100_001)];
    const request = { type: 'infer' as const, model: 1, inputs: [], repeats: 1 };

    await expect(client.call(request, 'inferred', { payload })).rejects.toMatchObject({
      code: 'HIL_RUNNER_LIMIT',
      owner: 'spec',
    });
  });

  test('tells the runner that it is still there', async () => {
    let pinged: () => void = () => undefined;
    const ping = new Promise<void>((resolve) => (pinged = resolve));
    const runner = new ScriptedRunner((request, send) => {
      if (request.type === 'hello') send({ ...hello, silenceSeconds: 1 });
      else pinged();
    });

    await open(runner);
    await ping;

    expect(runner.requests[1]).toEqual({ type: 'ping', id: 2 });
  });
});

describe('ending a session', () => {
  test('waits until the runner has gone', async () => {
    const { client, runner } = await greeted((_request, send) => {
      send({ type: 'bye', id: 2 });
      setImmediate(() => runner.end());
    });

    expect(await client.bye(5000)).toBe(true);
    expect(client.alive).toBe(false);
  });

  test('gives up on a runner that stays', async () => {
    const { client } = await greeted(() => undefined);

    expect(await client.bye(20)).toBe(false);
  });
});

describe('a model', () => {
  const attribute = { fmt: 0, type: 3, qnt_type: 0, fl: 0, zp: 0, scale: 0 };
  const loaded = (id: number): Reply => ({
    type: 'loaded',
    id,
    model: 5,
    loadTimeUs: 7,
    inputs: [{ ...attribute, index: 0, name: 'in', dims: [4, 1], n_elems: 4, size: 4 }],
    outputs: [{ ...attribute, index: 0, name: 'out', dims: [2, 1], n_elems: 2, size: 2 }],
  });
  const input: BoardInput = {
    index: 0,
    bytes: Uint8Array.of(1, 2, 3, 4),
    dtype: 'uint8',
    layout: 'NHWC',
    passThrough: false,
    sizeBytes: 4,
  };
  const request = { inputs: [input], repeats: 2 };

  async function loadedModel(
    answer: (request: Request, send: Send) => void,
  ): Promise<{ model: RemoteModel; client: SessionClient; runner: ScriptedRunner }> {
    const { client, runner } = await greeted((asked, send) => {
      if (asked.type === 'load') send(loaded(asked.id));
      else answer(asked, send);
    });
    const model = await RemoteModel.load(
      client,
      { path: '/m', sha256: '0'.repeat(64), uploadedBytes: 3 },
      {},
    );
    return { model, client, runner };
  }

  const inferred = (id: number, slice: { offset: number; length: number }): Reply => ({
    type: 'inferred',
    id,
    outputs: [{ index: 0, ...slice }],
    runs: [
      { npuTimeUs: 11, crc32: 0xffffffff },
      { npuTimeUs: 12, crc32: 0xffffffff },
    ],
  });

  test('gives outputs and times of its runs', async () => {
    const { model, runner } = await loadedModel(({ id }, send) =>
      send(inferred(id, { offset: 8, length: 2 }), [new Uint8Array(8), Uint8Array.of(9, 10)]),
    );

    const { outputs, runs } = await model.infer(request, {});

    expect(outputs[0]!.tensor).toEqual({ dtype: 'uint8', shape: [1, 2], data: Uint8Array.of(9, 10) });
    expect(runs).toEqual([
      { npuTimeUs: 11, outputsCrc32: 0xffffffff },
      { npuTimeUs: 12, outputsCrc32: 0xffffffff },
    ]);
    expect(runner.requests.at(-1)).toEqual({
      type: 'infer',
      id: 3,
      model: 5,
      repeats: 2,
      inputs: [{ index: 0, type: 3, fmt: 1, pass_through: false, size: 4, offset: 0, length: 4 }],
    });
  });

  test('takes the signature of a hung NPU for trouble, whatever the numbers', async () => {
    const { model, client } = await loadedModel(({ id }, send) =>
      send(
        {
          ...(inferred(id, { offset: 0, length: 2 }) as Extract<Reply, { type: 'inferred' }>),
          runs: [
            { npuTimeUs: 11, crc32: 7 },
            { npuTimeUs: 20_600_000, crc32: 0, suspect: 'hang' },
          ],
        },
        [Uint8Array.of(9, 10)],
      ),
    );

    const running = model.infer(request, {});

    await expect(running).rejects.toMatchObject({
      code: 'HIL_NPU_HANG',
      owner: 'undecided',
      retry: 'same-board',
      message:
        'the NPU hung in run 2: after 20.6 s every output is exactly 0, though the runtime reports success',
    });
    expect(client.alive).toBe(true);
  });

  test('refuses outputs that lie outside the payload', async () => {
    const { model } = await loadedModel(({ id }, send) => send(inferred(id, { offset: 0, length: 2 })));

    await expect(model.infer(request, {})).rejects.toThrow(
      'output 0 is said to be at 0 with 2 bytes, but the payload has 0',
    );
  });

  test('refuses outputs that do not have the bytes of their shape', async () => {
    const { model } = await loadedModel(({ id }, send) =>
      send(inferred(id, { offset: 0, length: 1 }), [Uint8Array.of(9)]),
    );

    await expect(model.infer(request, {})).rejects.toThrow('does not have the bytes of its shape');
  });

  test('misses an output that is not in the answer', async () => {
    const { model } = await loadedModel(({ id }, send) =>
      send({ type: 'inferred', id, outputs: [], runs: [] }),
    );

    await expect(model.infer(request, {})).rejects.toThrow('the answer to infer lacks output 0');
  });

  const layer = (id: number, name: string): Reply => ({
    type: 'layer',
    id,
    name,
    dtype: 'float32',
    shape: [1],
    offset: 0,
    length: 4,
  });
  const one = new Uint8Array(Float32Array.of(1).buffer);

  test('hands over its layers one by one, in order', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `layer ${i}`);
    const { model, client } = await loadedModel(({ id }, send) => {
      for (const name of names) send(layer(id, name), [one]);
      send({ type: 'layers-end', id, count: names.length });
    });

    const found = await collect(model.layers(request, {}));

    expect(found.map(({ name }) => name)).toEqual(names);
    expect(found[0]!.tensor.data).toEqual(Float32Array.of(1));
    expect(client.alive).toBe(true);
  });

  test('passes on an error in the middle of its layers', async () => {
    const { model, client } = await loadedModel(({ id }, send) => {
      send(layer(id, 'first'), [one]);
      const vendor = { call: 'rknn_run', status: -2 };
      send({ type: 'error', id, code: 'vendor', message: '', vendor, usable: true });
    });
    const names: string[] = [];

    const reading = (async () => {
      for await (const { name } of model.layers(request, {})) names.push(name);
    })();

    await expect(reading).rejects.toMatchObject({ code: 'HIL_VENDOR_TIMEOUT' });
    expect(names).toEqual(['first']);
    expect(client.alive).toBe(true);
  });

  test('makes the session unusable when its layers are not read to the end', async () => {
    const { model, client } = await loadedModel(({ id }, send) => send(layer(id, 'first'), [one]));

    for await (const _layer of model.layers(request, {})) break;

    expect(client.alive).toBe(false);
  });

  test('stops waiting for layers when its signal aborts', async () => {
    const controller = new AbortController();
    const { model } = await loadedModel(() => controller.abort(new Error('enough')));

    const reading = collect(model.layers(request, { signal: controller.signal }));

    await expect(reading).rejects.toThrow('enough');
  });

  test('is unloaded once, and silently when the runner is gone', async () => {
    const { model, client, runner } = await loadedModel(({ id }, send) => send({ type: 'unloaded', id }));

    await model[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
    runner.end();

    expect(runner.requests.filter(({ type }) => type === 'unload')).toHaveLength(1);
    expect(client.alive).toBe(true);
  });
});
