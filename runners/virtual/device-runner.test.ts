import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encodeFrame, ourLimits } from '../protocol/frame.ts';
import { FrameDecoder } from '../protocol/frame-decoder.ts';
import type { Reply, Request } from '../protocol/messages.ts';
import { serveDevice } from './device-runner.ts';
import { fakeModel, FakeNpu } from './embedded/fake-npu.ts';

/** A device runner with a host that speaks as the test says. */
function startRunner() {
  const stdin = new PassThrough();
  const decoder = new FrameDecoder('runner', ourLimits);
  const replies: Reply[] = [];
  const controller = new AbortController();
  const npu = new FakeNpu();
  const exited = serveDevice({
    stdin,
    stdout: {
      write: (chunk) => {
        for (const { head } of decoder.push(chunk)) replies.push(head as Reply);
      },
    },
    npu,
    readFile: (path) => {
      if (path === '/model') return model;
      throw new Error(`${path}: No such file or directory`);
    },
    pid: 7,
    board: { bootId: 'boot', kernel: 'Linux', chip: 'RK1808' },
    signal: controller.signal,
  });
  return {
    npu,
    replies,
    exited,
    kill: () => controller.abort(),
    send: (...requests: readonly Request[]) => {
      for (const request of requests) for (const chunk of encodeFrame('host', request)) stdin.write(chunk);
    },
    raw: (bytes: string | Uint8Array) => stdin.write(bytes),
    end: () => stdin.end(),
  };
}

const model = fakeModel(4, 2);
const sha256 = createHash('sha256').update(model).digest('hex');
const hello: Request = {
  type: 'hello',
  id: 1,
  versions: { min: 1, max: 3 },
  silenceSeconds: 1,
  limits: ourLimits,
};
const load: Request = { type: 'load', id: 2, path: '/model', sha256 };
const error = (id: number, code: string, usable = true) =>
  expect.objectContaining({ type: 'error', id, code, usable });

describe('a simulated device runner', () => {
  test('answers the greeting with the highest version that both speak, and says that it is simulated', async () => {
    const runner = startRunner();

    runner.send(hello);
    runner.end();

    expect(await runner.exited).toBe(0);
    expect(runner.replies[0]).toMatchObject({ type: 'hello', version: 1, pid: 7, pgid: 7, simulated: true });
  });

  test('refuses a host whose versions it does not speak, and ends', async () => {
    const runner = startRunner();

    runner.send({ ...hello, versions: { min: 2, max: 3 } });

    expect(await runner.exited).toBe(2);
    expect(runner.replies).toEqual([error(1, 'version', false)]);
    expect(runner.replies[0]).toMatchObject({ versions: { min: 1, max: 1 } });
  });

  test('answers requests in their order, however fast they come', async () => {
    const runner = startRunner();

    runner.send(
      hello,
      load,
      { type: 'ping', id: 3 },
      { type: 'unload', id: 4, model: 1 },
      { type: 'bye', id: 5 },
    );

    expect(await runner.exited).toBe(0);
    const answers = runner.replies.filter(({ type }) => type !== 'log');
    expect(answers.map(({ type }) => type)).toEqual(['hello', 'loaded', 'pong', 'unloaded', 'bye']);
    expect(runner.npu.openContexts).toBe(0);
  });

  test('gives back its models when the input ends', async () => {
    const runner = startRunner();
    runner.send(hello, load);

    runner.end();

    expect(await runner.exited).toBe(0);
    expect(runner.npu.openContexts).toBe(0);
  });

  test.each<[string, Request, string]>([
    ['a file that is not there', { ...load, path: '/none' }, 'file'],
    ['a file with another hash', { ...load, sha256: '0'.repeat(64) }, 'hash'],
    ['a model that it does not have', { type: 'unload', id: 2, model: 9 }, 'model'],
    ['a second greeting', { ...hello, id: 2 }, 'request'],
    ['a request that it does not know', { type: 'reboot', id: 2 } as never, 'request'],
    ['a slice outside the payload', { type: 'layers', id: 2, model: 1, inputs: [] }, 'model'],
  ])('refuses %s, and goes on', async (_what, request, code) => {
    const runner = startRunner();

    runner.send(hello, request, { type: 'ping', id: 3 });
    runner.end();

    expect(await runner.exited).toBe(0);
    expect(runner.replies.slice(1)).toEqual([error(2, code), { type: 'pong', id: 3 }]);
  });

  test('makes floats of its outputs where they are asked for, and says that it can', async () => {
    const runner = startRunner();
    const input = { index: 0, type: 3, fmt: 1, pass_through: false, size: 4, offset: 0, length: 4 };
    const infer = { type: 'infer', id: 3, model: 1, inputs: [input], repeats: 1, want_float: true };

    runner.send(hello, load);
    for (const chunk of encodeFrame('host', infer, [Uint8Array.of(1, 2, 3, 4)])) runner.raw(chunk);
    runner.end();

    expect(await runner.exited).toBe(0);
    expect(runner.replies[0]).toMatchObject({ features: ['want_float', 'layer-hashes'] });
    const floats = new Uint8Array(Float32Array.of(2, 3).buffer);
    expect(runner.replies.at(-1)).toMatchObject({
      outputs: [{ index: 0, offset: 0, length: 8 }],
      runs: [{ crc32: crc32(floats) }],
    });
  });

  test('refuses inputs that lie outside the payload', async () => {
    const runner = startRunner();
    const input = { index: 0, type: 3, fmt: 1, pass_through: false, size: 4, offset: 0, length: 4 };

    runner.send(hello, load, { type: 'infer', id: 3, model: 1, inputs: [input], repeats: 1 });
    runner.end();

    expect(await runner.exited).toBe(0);
    expect(runner.replies.at(-1)).toEqual(error(3, 'request'));
  });

  test('holds no more models than it said', async () => {
    const runner = startRunner();
    const loads = Array.from({ length: 9 }, (_, i) => ({ ...load, id: 2 + i }));

    runner.send(hello, ...loads);
    runner.end();

    expect(await runner.exited).toBe(0);
    expect(runner.replies.at(-1)).toEqual(error(10, 'limit'));
    expect(runner.npu.openContexts).toBe(0);
  });

  test('refuses an answer that the host does not take', async () => {
    const runner = startRunner();
    const limits = { headBytes: 1000, payloadBytes: 1 };
    const input = { index: 0, type: 3, fmt: 1, pass_through: false, size: 0, offset: 0, length: 0 };

    runner.send({ ...hello, limits }, load, { type: 'layers', id: 3, model: 1, inputs: [input] });
    runner.end();

    expect(await runner.exited).toBe(0);
    expect(runner.replies.at(-1)).toEqual(error(3, 'limit'));
  });

  test('wants to be greeted first', async () => {
    const runner = startRunner();

    runner.send({ type: 'ping', id: 1 });
    runner.end();

    expect(await runner.exited).toBe(0);
    expect(runner.replies).toEqual([error(1, 'request')]);
  });

  test('says that bytes are no frame, once, and ends', async () => {
    const runner = startRunner();

    runner.raw('GET / HTTP/1.1\r\n');
    runner.raw('Host: board\r\n');

    expect(await runner.exited).toBe(2);
    expect(runner.replies).toEqual([error(0, 'frame', false)]);
  });

  test('ends with another status when the input ends inside a frame', async () => {
    const runner = startRunner();

    runner.raw('HILF');
    runner.end();

    expect(await runner.exited).toBe(2);
  });

  test('ends by itself when the host falls silent', async () => {
    const runner = startRunner();

    runner.send(hello);

    expect(await runner.exited).toBe(3);
  });

  test('says nothing more once it is killed', async () => {
    const runner = startRunner();
    runner.send(hello);
    await expect.poll(() => runner.replies).toHaveLength(1);

    runner.kill();
    runner.send({ type: 'ping', id: 2 });
    await runner.exited;

    expect(runner.replies).toHaveLength(1);
  });
});
