import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { makeModel, makeNode, makeValueInfo, tensorToOnnx, writeOnnx } from '../reference/onnx/model.ts';
import { tensor } from '../tensor/tensor.ts';
import { createFakeEngine } from './fake-engine.ts';
import { createGoldenCache } from './golden-cache.ts';
import { createGoldenProvider } from './golden-provider.ts';
import type { GoldenRequest } from './golden-request.ts';
import { createGoldenStore } from './golden-store.ts';

const floats = (...values: number[]) => tensor('float32', [1, values.length], Float32Array.from(values));
const prob = (...values: number[]) => new Map([['prob', floats(...values)]]);

let base: string;
let root: string;
let request: GoldenRequest;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'hil-provider-'));
});
beforeEach(async () => {
  root = await mkdtemp(join(base, 'project-'));
  await writeFile(join(root, 'net.onnx'), 'model 1');
  await writeFile(join(root, 'dog.png'), 'picture 1');
  request = {
    name: { folder: 'net', input: 'dog' },
    specFile: 'specs/net.hil.yaml',
    reference: { kind: 'onnx', path: join(root, 'net.onnx') },
    inputPath: join(root, 'dog.png'),
    preprocessing: { channelOrder: 'bgr', mean: 128, std: 1 },
    madeFrom: { model: 'net.onnx', input: 'dog.png' },
    network: () => Promise.resolve({ bytes: new Uint8Array(), origin: 'net.onnx' }),
    feeds: () => Promise.resolve(new Map([['x', floats(1)]])),
  };
});
afterAll(() => rm(base, { recursive: true }));

function provide(engine = createFakeEngine(() => prob(0.75, 0.25))) {
  const store = createGoldenStore(join(root, 'golden'));
  const cache = createGoldenCache(join(root, '.hil', 'cache', 'golden'));
  return { engine, store, provider: createGoldenProvider({ engine, store, cache }) };
}

describe('where no golden is stored', () => {
  test('it is computed now, says so, and is stored nowhere but in the cache', async () => {
    const { provider } = provide();

    const golden = await provider.obtain(request);

    expect(golden.source).toBe('computed');
    expect(golden.outputs).toEqual(prob(0.75, 0.25));
    expect(golden.manifest).toMatchObject({
      engine: { name: 'fake', version: '1.0.0' },
      preprocessing: { channelOrder: 'bgr', mean: 128, std: 1 },
      madeFrom: { model: 'net.onnx', input: 'dog.png' },
    });
    expect((await readdir(root)).sort()).toEqual(['.hil', 'dog.png', 'net.onnx']);
  });

  test('the second time it comes from the cache, with the same id', async () => {
    const { provider, engine } = provide();

    const first = await provider.obtain(request);
    const second = await provider.obtain(request);

    expect(engine.loads).toHaveLength(2);
    expect(second).toEqual(first);
  });

  test.each(['net.onnx', 'dog.png'])('it is computed again when %s changes', async (file) => {
    const { provider, engine } = provide();
    await provider.obtain(request);
    await writeFile(join(root, file), 'another content');
    await provider.obtain(request);

    expect(engine.loads).toHaveLength(4);
  });

  test('it is computed again when the preprocessing changes, declared or in what it makes', async () => {
    const { provider, engine } = provide();
    await provider.obtain(request);
    await provider.obtain({ ...request, preprocessing: null });
    await provider.obtain({ ...request, feeds: () => Promise.resolve(new Map([['x', floats(2)]])) });

    expect(engine.loads).toHaveLength(6);
  });

  test('it is computed again with another version of the engine', async () => {
    await provide().provider.obtain(request);
    const newer = provide(createFakeEngine(() => prob(0.5, 0.5), '1.1.0'));

    expect((await newer.provider.obtain(request)).outputs).toEqual(prob(0.5, 0.5));
  });

  test('a damaged cache entry is computed again and repaired', async () => {
    const { provider, engine } = provide();
    const first = await provider.obtain(request);
    const cache = join(root, '.hil', 'cache', 'golden');
    const files = (await readdir(cache, { recursive: true })).filter((name) => name.endsWith('.npz'));
    expect(files).toHaveLength(1);
    await writeFile(join(cache, files[0]!), 'half a file');

    expect([await provider.obtain(request), await provider.obtain(request)]).toEqual([first, first]);
    expect(engine.loads).toHaveLength(4);
  });

  test('a cache that cannot be used costs time, not the case', async () => {
    await writeFile(join(root, '.hil'), 'a file where the folder should be');
    const { provider, engine } = provide();

    const [first, second] = [await provider.obtain(request), await provider.obtain(request)];

    expect(second).toEqual(first);
    expect(engine.loads).toHaveLength(4);
  });

  test('many at the same time all get the same golden, and leave a whole one behind', async () => {
    const providers = Array.from({ length: 12 }, () => provide());

    const goldens = await Promise.all(providers.map(({ provider }) => provider.obtain(request)));
    const late = provide();
    const after = await late.provider.obtain(request);

    expect(new Set(goldens.map(({ id }) => id)).size).toBe(1);
    expect(after).toEqual(goldens[0]);
    expect(late.engine.loads).toEqual([]);
    const left = await readdir(join(root, '.hil'), { recursive: true });
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('an aborted wish ends with its reason', async () => {
    const reason = new Error('interrupted');

    await expect(provide().provider.obtain(request, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('a missing model file is named', async () => {
    await rm(join(root, 'net.onnx'));

    await expect(provide().provider.obtain(request)).rejects.toMatchObject({
      code: 'HIL_FILE_UNREADABLE',
      message: `${join(root, 'net.onnx')} does not exist`,
    });
  });
});

describe('where a golden is stored', () => {
  test('a fresh one answers, and nothing is computed or decoded', async () => {
    const { golden } = await provide().provider.update(request);
    const { provider, engine } = provide(createFakeEngine(() => prob(0, 1)));
    const untouchable = () => Promise.reject(new Error('not needed'));

    const obtained = await provider.obtain({ ...request, network: untouchable, feeds: untouchable });

    expect(obtained).toEqual(golden);
    expect(obtained.source).toBe('stored');
    expect(engine.loads).toEqual([]);
  });

  test('a stale one is an error, not computed anew', async () => {
    await provide().provider.update(request);
    await writeFile(join(root, 'net.onnx'), 'model 2');
    const { provider, engine } = provide(createFakeEngine(() => prob(0, 1), '1.1.0'));

    const obtaining = provider.obtain({ ...request, preprocessing: { channelOrder: 'rgb', mean: 128, std: 1 } });

    await expect(obtaining).rejects.toMatchObject({
      code: 'HIL_GOLDEN_STALE',
      differences: [
        { field: 'model' },
        { field: 'preprocessing.channelOrder', golden: '"bgr"', present: '"rgb"' },
        { field: 'engine', golden: 'fake 1.0.0', present: 'fake 1.1.0' },
      ],
      hint: expect.stringContaining('npx hil golden update specs/net.hil.yaml') as string,
    });
    expect(engine.loads).toEqual([]);
  });

  test('key order and absent keys of the preprocessing do not make it stale', async () => {
    await provide().provider.update(request);

    const again = { std: 1, mean: 128, channelOrder: 'bgr', crop: undefined };

    expect((await provide().provider.obtain({ ...request, preprocessing: again })).source).toBe('stored');
  });

  test('a damaged one is an error, not a stale golden and not computed anew', async () => {
    await provide().provider.update(request);
    await writeFile(join(root, 'golden', 'net', 'dog.npz'), 'half a file');

    await expect(provide().provider.obtain(request)).rejects.toMatchObject({ code: 'HIL_GOLDEN_DAMAGED' });
  });

  test('its state can be asked without an error', async () => {
    const { provider } = provide();

    expect(await provider.inspect(request)).toEqual({ kind: 'missing' });
    const { golden } = await provider.update(request);
    expect(await provider.inspect(request)).toEqual({ kind: 'fresh', golden });
    expect(await provider.inspect({ ...request, preprocessing: null })).toMatchObject({
      kind: 'stale',
      golden: { id: golden.id },
      differences: [{ field: 'preprocessing', present: 'null' }],
    });
  });
});

describe('an update', () => {
  test('stores a new golden and says what changed against the old one', async () => {
    const first = await provide().provider.update(request);
    await writeFile(join(root, 'net.onnx'), 'model 2');

    const second = await provide(createFakeEngine(() => prob(0.25, 0.75))).provider.update(request);

    expect(first.change.kind).toBe('new');
    expect(second.change).toMatchObject({
      kind: 'changed',
      facts: [{ field: 'model' }],
      outputs: [{ name: 'prob', maxAbsDifference: 0.5, top1Changed: true }],
    });
    expect(await provide().provider.obtain(request)).toEqual(second.golden);
  });

  test('writes nothing where the same golden is stored already', async () => {
    await provide().provider.update(request);
    const manifest = join(root, 'golden', 'net', 'dog.json');
    const reformatted = JSON.stringify(JSON.parse(await readFile(manifest, 'utf8')));
    await writeFile(manifest, reformatted);

    const { change } = await provide().provider.update(request);

    expect(change.kind).toBe('unchanged');
    expect(await readFile(manifest, 'utf8')).toBe(reformatted);
  });

  test('replaces a damaged golden', async () => {
    await provide().provider.update(request);
    await writeFile(join(root, 'golden', 'net', 'dog.json'), '{');

    const { change, golden } = await provide().provider.update(request);

    expect(change.kind).toBe('new');
    expect(await provide().provider.obtain(request)).toEqual(golden);
  });

  test('stores nothing if the two executions disagree', async () => {
    const { provider, store } = provide(createFakeEngine((_, optimise) => (optimise ? prob(0, 1) : prob(1, 0))));

    await expect(provider.update(request)).rejects.toMatchObject({ code: 'HIL_REFERENCE_UNSEALED' });
    expect(await store.list()).toEqual([]);
  });
});

test('the real engine’s golden of a small network has the values worked out by hand, stored and read again', async () => {
  const bytes = writeOnnx(
    makeModel(
      {
        name: 'affine',
        nodes: [makeNode('MatMul', ['x', 'w'], ['m']), makeNode('Add', ['m', 'b'], ['y'])],
        initializers: [
          tensorToOnnx('w', tensor('float32', [2, 2], Float32Array.of(1, 2, 3, 4))),
          tensorToOnnx('b', floats(0.5, -0.5)),
        ],
        inputs: [makeValueInfo('x', 'float32', [1, 2])],
        outputs: [makeValueInfo('y', 'float32', [1, 2])],
      },
      { '': 13 },
    ),
  );
  await writeFile(join(root, 'net.onnx'), bytes);
  const provider = createGoldenProvider({
    engine: createOnnxRuntimeEngine(),
    store: createGoldenStore(join(root, 'golden')),
    cache: createGoldenCache(join(root, '.hil')),
  });
  const real: GoldenRequest = {
    ...request,
    network: async () => ({ bytes: await readFile(join(root, 'net.onnx')), origin: 'net.onnx' }),
    feeds: () => Promise.resolve(new Map([['x', floats(10, 20)]])),
  };

  await provider.update(real);
  const golden = await provider.obtain(real);

  // 10 * 1 + 20 * 3 + 0.5 and 10 * 2 + 20 * 4 - 0.5.
  expect(golden.outputs).toEqual(new Map([['y', floats(70.5, 99.5)]]));
  expect(golden.manifest.engine).toEqual({ name: 'onnxruntime', version: createOnnxRuntimeEngine().version });
});
