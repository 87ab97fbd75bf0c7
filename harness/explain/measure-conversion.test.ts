import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compareOutputs } from '../compare/compare.ts';
import { packageFolder } from '../harness-version.ts';
import { prepareInput } from '../input/prepare-input.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { loadSpecFile } from '../spec/load-spec-file.ts';
import { temporaryProject } from '../spec/temporary-project.ts';
import { tensor, type NamedTensors } from '../tensor/tensor.ts';
import type { ConversionDistances } from './conversion.ts';
import { ConvertedNetworks } from './converted-networks.ts';
import type { JudgedCase } from './explain-case.ts';
import { measureConversion } from './measure-conversion.ts';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(resolve(packageFolder, 'harness/reference/rknn/fixtures', name)));
// From an independent integer network (fixtures/make_small_networks.py).
const { float, formats } = JSON.parse(new TextDecoder().decode(fixture('answers.json'))) as {
  readonly float: readonly number[];
  readonly formats: Readonly<Record<'i8' | 'u8', { readonly prob: readonly number[] }>>;
};
const answer = (values: readonly number[]): NamedTensors =>
  new Map([['prob', tensor('float32', [1, 5], Float32Array.from(values))]]);

/** Counts what it loads. */
function countingEngine(): { readonly engine: ReferenceEngine; readonly loads: () => number } {
  const engine = createOnnxRuntimeEngine();
  let loads = 0;
  return {
    loads: () => loads,
    engine: {
      ...engine,
      load: (...args) => {
        loads++;
        return engine.load(...args);
      },
    },
  };
}

/** A case that was judged, with the board's answer as told. */
async function judged(board: readonly number[], bytes = fixture('small_i8.rknn')): Promise<JudgedCase> {
  const place = temporaryProject({
    'small.onnx': fixture('small.onnx'),
    'small.png': fixture('small.png'),
    'small.rknn': bytes,
    'small.hil.json': JSON.stringify({
      name: 'small',
      model: { reference: 'small.onnx', board: 'small.rknn', format: 'i8' },
      inputs: 'small.png',
      preprocess: { channelOrder: 'rgb', mean: 128, layout: 'NCHW' },
      boardInput: { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' },
      tolerance: { atol: 0.5 },
    }),
  });
  onTestFinished(() => place[Symbol.dispose]());
  const [testCase] = await loadSpecFile(place.path('small.hil.json'), place.project, () =>
    Promise.reject(new Error('no module expected')),
  );
  const golden = answer(float);
  return {
    testCase: testCase!,
    sdk: '1.7.5',
    prepared: await prepareInput(testCase!.input, testCase!.spec),
    golden,
    board: answer(board),
    comparison: compareOutputs(golden, answer(board), { limits: testCase!.spec.limits }),
    boardModel: { path: place.path('small.rknn'), bytes },
  };
}

/** Largest change of a pair's log-odds, worked out here anew. */
function nats(a: readonly number[], b: readonly number[]): number {
  const changes = a.map((value, i) => Math.log(value) - Math.log(b[i]!));
  return Math.max(...changes) - Math.min(...changes);
}

test('a case that passes says what the conversion did and what the board', async () => {
  await using networks = new ConvertedNetworks(createOnnxRuntimeEngine());
  const board = [0.1, 0.3, 0.25, 0.2, 0.15];

  const found = (await measureConversion(await judged(board), networks, {})) as ConversionDistances;

  const converted = formats.i8.prob;
  expect(found).toMatchObject({ output: 'prob', unit: 'nats' });
  expect(found.floatToBoard).toBeCloseTo(nats(float, board), 3);
  // Probabilities are float16 at the end of either network: a step of it is up to 0.001 of the value.
  expect(Math.abs(found.floatToConverted - nats(float, converted))).toBeLessThan(0.005);
  expect(Math.abs(found.convertedToBoard - nats(converted, board))).toBeLessThan(0.005);
});

test('a board that answers as its file adds nothing', async () => {
  await using networks = new ConvertedNetworks(createOnnxRuntimeEngine());

  const found = (await measureConversion(await judged(formats.i8.prob), networks, {})) as ConversionDistances;

  expect(found.convertedToBoard).toBeLessThan(0.005);
  expect(found.floatToConverted).toBeGreaterThan(0.01);
});

test('a network is loaded once for all cases of a file, also for those that come at once', async () => {
  const { engine, loads } = countingEngine();
  await using networks = new ConvertedNetworks(engine);
  const one = await judged(formats.i8.prob);

  const found = await Promise.all([
    measureConversion(one, networks, {}),
    measureConversion(one, networks, {}),
    measureConversion(one, networks, {}),
  ]);

  expect(loads()).toBe(1);
  expect(found[1]).toEqual(found[0]);
});

test('more files than are kept take turns without harm', async () => {
  const { engine, loads } = countingEngine();
  await using networks = new ConvertedNetworks(engine);
  const one = await judged(formats.i8.prob);
  const other = await judged(formats.u8.prob, fixture('small_u8.rknn'));
  const old = { ...other, sdk: '1.5.0' };

  const first = await Promise.all([one, other, old].map((each) => measureConversion(each, networks, {})));
  const again = await measureConversion(one, networks, {});

  expect(loads()).toBe(4);
  expect(again).toEqual(first[0]);
});

test('a file that holds no network says nothing, and loads nothing', async () => {
  const { engine, loads } = countingEngine();
  await using networks = new ConvertedNetworks(engine);

  const found = await measureConversion(await judged(formats.i8.prob, Uint8Array.of(1, 2, 3)), networks, {});

  expect(found).toBeUndefined();
  expect(loads()).toBe(0);
});
