import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fakeModel, FakeNpu } from '../embedded/fake-npu.ts';
import { type NpuService, type NpuServiceOptions, startNpuService } from './npu-service.ts';
import { initBody, inputsBody, outputOf, RawClient, requestFrame } from './raw-client.ts';
import { vendorCalls } from './vendor-calls.ts';

async function start(options: Partial<NpuServiceOptions> = {}): Promise<NpuService> {
  const service = await startNpuService({ npu: new FakeNpu(), listen: { tcp: 0 }, ...options });
  onTestFinished(() => service[Symbol.asyncDispose]());
  return service;
}

async function connect({ address }: NpuService): Promise<RawClient> {
  const client = await RawClient.open(address);
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'hil-npu-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

const nothing = Buffer.alloc(0);
const load = (client: RawClient) => client.ask('init', initBody(fakeModel(2, 3)));

describe('a service', () => {
  test('loads a model, runs it, and gives it back', async () => {
    const service = await start();
    const client = await connect(service);

    const loaded = await load(client);
    const first = await client.ask('run', inputsBody(Uint8Array.of(4, 8)));
    const again = await client.ask('run', Buffer.alloc(8));
    const held = service.openContexts;
    const destroyed = await client.ask('destroy', nothing);

    expect(loaded).toMatchObject({ status: 0, print: `${new FakeNpu().apiVersion}\n` });
    expect(outputOf(first)).toEqual([5, 9, 5]);
    expect(outputOf(again)).toEqual([5, 9, 5]);
    expect(held).toBe(1);
    expect(destroyed.status).toBe(0);
    expect(service.openContexts).toBe(0);
  });

  test('lets the last set count', async () => {
    const client = await connect(await start());
    await load(client);

    await client.ask('set', inputsBody(Uint8Array.of(4, 8)));
    await client.ask('set', inputsBody(Uint8Array.of(1, 2)));

    expect(outputOf(await client.ask('run', Buffer.alloc(8)))).toEqual([2, 3, 2]);
  });

  test('answers with the vendor’s code and words, and goes on', async () => {
    const service = await start();
    const client = await connect(service);

    const refused = await client.ask('init', initBody(Buffer.from('no model')));
    const loaded = await load(client);

    expect(refused).toMatchObject({ status: -6, payload: nothing });
    expect(refused.print).toContain('Create RKNN model fail, error=-6\n');
    expect(loaded.status).toBe(0);
  });

  test('has no context before a model is loaded', async () => {
    const client = await connect(await start());

    expect((await client.ask('run', Buffer.alloc(8))).status).toBe(-7);
    expect((await client.ask('set', Buffer.alloc(8))).status).toBe(-7);
  });

  test('chooses the NPU by the SDK that the library stands for', async () => {
    const asked: unknown[] = [];
    const npu = new FakeNpu();
    const service = await start({
      npu: (profile) => {
        asked.push(profile);
        return profile.sdk === '1.7.5' ? npu : undefined;
      },
    });
    const client = await connect(service);

    const foreign = await client.ask('init', initBody(fakeModel(1, 1), { sdk: '9.9.9' }));
    const known = await client.ask('init', initBody(fakeModel(1, 1)));

    expect(foreign).toMatchObject({ status: -3, print: 'virtual board: there is no simulated SDK 9.9.9\n' });
    expect(known.status).toBe(0);
    expect(asked).toEqual([
      { sdk: '9.9.9', logLevel: 0 },
      { sdk: '1.7.5', logLevel: 0 },
    ]);
  });

  test('turns a bug of the NPU into a failed call', async () => {
    const npu = new FakeNpu();
    npu.init = () => Promise.reject(new TypeError('x is not a function'));
    const client = await connect(await start({ npu }));

    const answer = await load(client);

    expect(answer).toMatchObject({ status: -1, print: 'virtual board: x is not a function\n' });
  });

  test('frees the context of a client that vanishes, also while it loads', async () => {
    const npu = new FakeNpu();
    const service = await start({ npu, faults: { rknn_init: { kind: 'delay', ms: 50 } } });
    const slow = await connect(service);
    slow.write(requestFrame('init', initBody(fakeModel(2, 3))));
    service.faults = {};
    const other = await connect(service);
    await load(other);

    await slow[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();

    await expect.poll(() => service.openContexts + npu.openContexts).toBe(0);
  });

  test('tells its clients at once which calls they have to announce', async () => {
    const service = await start();
    const client = await connect(service);
    await load(client);

    service.faults = {
      rknn_outputs_get: { kind: 'status', status: -9, times: 1 },
      rknn_run: { kind: 'never' },
    };

    const call = vendorCalls.indexOf('rknn_outputs_get');
    expect(await client.watch()).toBe(1 << call);
    const body = Buffer.alloc(8);
    body.writeUInt32LE(call, 0);
    expect(await client.ask('call', body)).toMatchObject({ status: -9, watched: 0 });
    expect(await client.ask('call', body)).toMatchObject({ status: 0, watched: 0 });
  });

  test('ends with its connections, and what it waits for', async () => {
    const npu = new FakeNpu();
    const service = await startNpuService({
      npu,
      listen: { tcp: 0 },
      faults: { rknn_run: { kind: 'never' } },
    });
    const client = await RawClient.open(service.address);
    await load(client);
    const answer = client.ask('run', Buffer.alloc(8));

    await service[Symbol.asyncDispose]();

    await expect(answer).rejects.toThrow('the service has closed the connection');
    expect(npu.openContexts).toBe(0);
  });
});

describe('clients that are no library', () => {
  test('cannot end the service, whatever they send', async () => {
    const npu = new FakeNpu();
    const service = await start({ npu });

    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 200 }),
            fc
              .tuple(fc.integer({ min: 0, max: 8 }), fc.uint8Array({ maxLength: 100 }))
              .map(([kind, body]) => requestFrame(kind, body)),
            fc.constant(requestFrame('init', initBody(fakeModel(2, 3)))),
            fc.constant(requestFrame('run', inputsBody(Uint8Array.of(1, 2)))),
          ),
          { maxLength: 5 },
        ),
        async (writes) => {
          const client = await RawClient.open(service.address);
          for (const bytes of writes) client.write(bytes);
          await new Promise((resolve) => setImmediate(resolve));
          await client[Symbol.asyncDispose]();
        },
      ),
      { numRuns: 200 },
    );

    await expect.poll(() => npu.openContexts).toBe(0);
    const client = await connect(service);
    expect((await load(client)).status).toBe(0);
  });

  test('are closed when they say something else, and the log says why', async () => {
    const lines: string[] = [];
    const service = await start({ log: (line) => lines.push(line) });
    const client = await connect(service);

    client.write(Buffer.from('GET / HTTP/1.1\r\n'));
    await client.closed;

    expect(lines).toEqual(['a connection was closed: the client speaks something else']);
  });

  test('are closed when they load a second model on one connection', async () => {
    const service = await start();
    const client = await connect(service);
    await load(client);

    await expect(load(client)).rejects.toThrow('the service has closed the connection');
    await expect.poll(() => service.openContexts).toBe(0);
  });

  test('are closed when they do not wait for an answer', async () => {
    const service = await start({ faults: { rknn_init: { kind: 'never' } } });
    const client = await connect(service);

    client.write(requestFrame('init', initBody(fakeModel(2, 3))));
    client.write(requestFrame('run', Buffer.alloc(8)));

    await client.closed;
    expect(service.openContexts).toBe(0);
  });
});

describe('a Unix socket', () => {
  test('is removed when the service ends', async () => {
    const path = join(await folder(), 'npu.sock');
    const service = await startNpuService({ npu: new FakeNpu(), listen: { unix: path } });
    expect(service.address).toBe(`unix:${path}`);
    const client = await connect(service);
    expect((await load(client)).status).toBe(0);

    await service[Symbol.asyncDispose]();

    expect(existsSync(path)).toBe(false);
  });

  test('that a killed service left behind is used again', async () => {
    const path = join(await folder(), 'npu.sock');
    const listening = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', listening]);
    expect(existsSync(path)).toBe(true);

    const service = await start({ listen: { unix: path } });

    const client = await connect(service);
    expect((await load(client)).status).toBe(0);
  });

  test('that another service uses, or a file, is left alone', async () => {
    const place = await folder();
    const path = join(place, 'npu.sock');
    const other = createServer().listen(path);
    onTestFinished(() => void other.close());
    const file = join(place, 'file');
    await writeFile(file, 'precious');

    for (const taken of [path, file]) {
      await expect(startNpuService({ npu: new FakeNpu(), listen: { unix: taken } })).rejects.toMatchObject({
        code: 'HIL_NPU_ADDRESS',
        message: `nothing can listen on unix:${taken}: EADDRINUSE`,
      });
    }
    expect(existsSync(file)).toBe(true);
  });
});
