import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { sha256Hex } from '../../../harness/tensor/content-hash.ts';
import { bytesOf, elementsOf } from '../../../harness/tensor/dtype.ts';
import { LogBuffer } from '../../protocol/log-buffer.ts';
import { RunnerGoneError } from '../../protocol/protocol-error.ts';
import { VendorStatusError } from '../../protocol/vendor-status.ts';
import { SessionClient } from '../../protocol/session-client.ts';
import { attributeFromVendor } from '../../protocol/vendor-tensor.ts';
import { serveDevice } from '../../virtual/device-runner.ts';
import { engine } from '../../virtual/npu/example-model.ts';
import { personalities } from '../../virtual/npu/personality.ts';
import { createSimulatedNpu } from '../../virtual/npu/simulated-npu.ts';
import { type NpuService, startNpuService } from '../../virtual/npu-service/npu-service.ts';
import { buildNative } from '../native-build.ts';
import { aarch64Root, type DemoBuild } from './demo-programs.ts';
import { demoBuilds } from './demo-bench.ts';

// The whole of a virtual board but its SSH server: harness, hil-npu-run, the stand-in library, the simulated NPU. What it
// answers is held against the device runner in TypeScript over the same NPU.

vi.setConfig({ testTimeout: 120_000 });

const models = join(import.meta.dirname, '../../../specs/models');
const files = readdirSync(models)
  .filter((name) => name.endsWith('.rknn'))
  .sort();
const npu = createSimulatedNpu({ engine, personality: personalities['1.7.5'] });
const picture = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);

interface Session {
  readonly client: SessionClient;
  readonly log: LogBuffer;
}

async function sessionOver(stream: Duplex, log: LogBuffer): Promise<Session> {
  const link = {
    stream,
    explainEnd: async () => new RunnerGoneError(`it ended; it printed: ${log.since(0)}`),
  };
  const client = await SessionClient.open(link, { log, helloTimeoutMs: 60_000 });
  onTestFinished(() => void stream.destroy());
  return { client, log };
}

interface NativeFiles {
  readonly runner: string;
  readonly library: string;
  readonly env: Readonly<Record<string, string>>;
}

function buildFiles({ target = 'host', sanitize = false }: DemoBuild): NativeFiles {
  const built = buildNative('--target', target, ...(sanitize ? ['--sanitize'] : []));
  const fileOf = (name: string): string => built.find((file) => file.endsWith(`/${name}`))!;
  const foreign = target === 'aarch64' && process.arch !== 'arm64';
  const env = foreign ? { QEMU_LD_PREFIX: aarch64Root } : {};
  return { runner: fileOf('hil-npu-run'), library: fileOf('librknn_api.so'), env };
}

/** The native runner with the stand-in library, in a process. */
function nativeSession({ runner, library, env }: NativeFiles, address: string): Promise<Session> {
  const child = spawn(runner, ['--library', library, '--work', tmpdir()], {
    env: { ...env, HIL_NPU: address },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const log = new LogBuffer();
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.add(text));
  return sessionOver(Duplex.from({ readable: child.stdout, writable: child.stdin }), log);
}

/** The runner in TypeScript, in this process. */
async function typeScriptSession(): Promise<Session> {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  void serveDevice({
    stdin,
    stdout,
    npu,
    readFile: (path) => readFileSync(path),
    pid: 1,
    board: { bootId: 'boot', kernel: 'Linux', chip: 'RK1808' },
    signal: new AbortController().signal,
  }).then(() => stdout.end());
  return sessionOver(Duplex.from({ readable: stdout, writable: stdin }), new LogBuffer());
}

async function load({ client }: Session, path: string) {
  const sha256 = sha256Hex(readFileSync(path));
  const { head } = await client.call({ type: 'load', path, sha256 }, 'loaded', {});
  return {
    ...head,
    inputs: head.inputs.map(attributeFromVendor),
    outputs: head.outputs.map(attributeFromVendor),
  };
}

interface Declaration {
  readonly what: string;
  readonly type: number;
  readonly fmt: number;
  readonly pass_through: boolean;
  /** As many as the model's input has if absent. */
  readonly bytes?: Uint8Array;
  /** The number of bytes if absent. */
  readonly size?: number;
}

/** Ways to declare a picture, right and wrong. */
const declarations: readonly Declaration[] = [
  { what: 'interleaved bytes', type: 3, fmt: 1, pass_through: false, bytes: picture },
  { what: 'bytes declared signed and planar', type: 2, fmt: 0, pass_through: false, bytes: picture },
  {
    what: 'floats with the number of elements as size',
    type: 0,
    fmt: 0,
    pass_through: false,
    bytes: bytesOf(Float32Array.from(picture, (byte) => byte - 128)),
    size: picture.length,
  },
  { what: 'raw elements', type: 3, fmt: 0, pass_through: true },
];

function inputOf(declaration: Declaration, sizeBytes: number) {
  const { type, fmt, pass_through, bytes, size } = declaration;
  const payload = bytes ?? Uint8Array.from({ length: sizeBytes }, (_, i) => i % 61);
  const { length } = payload;
  const input = { index: 0, type, fmt, pass_through, size: size ?? length, offset: 0, length };
  return { inputs: [input], payload: [payload] };
}

async function infer({ client }: Session, model: number, declaration: Declaration, sizeBytes: number) {
  const { inputs, payload } = inputOf(declaration, sizeBytes);
  const { head, payload: answer } = await client.call(
    { type: 'infer', model, inputs, repeats: 2 },
    'inferred',
    { payload },
  );
  return { outputs: head.outputs, sums: head.runs.map(({ crc32 }) => crc32), bytes: Buffer.from(answer) };
}

async function layers({ client }: Session, model: number) {
  const { inputs, payload } = inputOf(declarations[0]!, 0);
  const found: { name: string; shape: readonly number[]; values: Float32Array }[] = [];
  const request = { type: 'layers', model, inputs } as const;
  for await (const { head, payload: bytes } of client.stream(
    request,
    { each: 'layer', last: 'layers-end' },
    { payload },
  )) {
    found.push({ name: head.name, shape: head.shape, values: elementsOf('float32', Uint8Array.from(bytes)) });
  }
  return found;
}

describe.each(demoBuilds)(
  'the native runner over the stand-in library, built %s,',
  (_name, { lacking, build }) => {
    describe.skipIf(lacking !== undefined)('as the runner in TypeScript,', () => {
      let service: NpuService;
      let built: NativeFiles;
      beforeAll(async () => {
        built = buildFiles(build);
        service = await startNpuService({ npu, listen: { tcp: 0 } });
      }, 120_000);
      afterAll(() => service[Symbol.asyncDispose]());
      const bothSessions = async () =>
        [await nativeSession(built, service.address), await typeScriptSession()] as const;

      test('says that it is simulated, and which versions it is', async () => {
        const [native, expected] = await bothSessions();

        const { api, driver, simulated } = expected.client.hello;
        expect(native.client.hello).toMatchObject({
          api,
          driver,
          simulated,
          runner: { name: 'hil-npu-run' },
        });
        expect(simulated).toBe(true);
      });

      test.each(files)('describes %s and gives the same bytes for every declaration', async (file) => {
        const [native, expected] = await bothSessions();
        const path = join(models, file);

        const loaded = await load(native, path);
        const same = await load(expected, path);

        expect(loaded).toEqual({ ...same, id: loaded.id, loadTimeUs: loaded.loadTimeUs });
        for (const declaration of declarations) {
          const size = same.inputs[0]!.sizeBytes;
          const found = await infer(native, loaded.model, declaration, size);
          expect(found).toEqual(await infer(expected, same.model, declaration, size));
        }
      });

      test.each(['two-class.fp16.rknn', 'ten-class.u8.rknn'])(
        'dumps the layers of %s, to six decimals',
        async (file) => {
          const [native, expected] = await bothSessions();
          const path = join(models, file);
          const { model } = await load(native, path);
          const { model: other } = await load(expected, path);

          const found = await layers(native, model);
          const wanted = await layers(expected, other);

          expect(wanted.length).toBeGreaterThan(5);
          expect(found.map(({ name, shape }) => [name, shape])).toEqual(
            wanted.map(({ name, shape }) => [name, shape]),
          );
          for (const [i, { values }] of wanted.entries()) {
            const off = found[i]!.values.map(
              (value, at) => Math.abs(value - values[at]!) / Math.max(1, Math.abs(values[at]!)),
            );
            expect(Math.max(...off)).toBeLessThan(6e-7);
          }
        },
      );

      test('refuses a file that is no model with the vendor’s code and words', async () => {
        const [native, expected] = await bothSessions();
        const path = join(models, 'two-class.labels.txt');

        const found = await load(native, path).catch((error: Error) => error);
        const wanted = await load(expected, path).catch((error: Error) => error);

        expect(wanted).toBeInstanceOf(VendorStatusError);
        expect(found).toBeInstanceOf(VendorStatusError);
        const { call, status } = wanted as VendorStatusError;
        expect(found).toMatchObject({ call, status });
        // Standard error is another way than the frames'.
        await expect.poll(() => native.log.since(0)).toContain('Create RKNN model fail, error=-6');
      });
    });
  },
);
