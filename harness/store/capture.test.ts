import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseComponentVersion } from '../board/sdk-stack.ts';
import type { BoardOutput } from '../board/session.ts';
import { makeGolden } from '../golden/golden-manifest.ts';
import { temporaryProject } from '../spec/temporary-project.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { notQuantised, type Quantisation } from '../tensor/quantisation.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { type Capture, CaptureError, objectPath, readCapture, writeCapture } from './capture.ts';

const outputOf = (
  index: number,
  name: string,
  value: Tensor,
  quantisation: Quantisation = notQuantised,
): BoardOutput => ({
  attribute: {
    index,
    name,
    shape: value.shape,
    dtype: value.dtype,
    layout: 'NCHW',
    quantisation,
    sizeBytes: value.data.byteLength,
  },
  tensor: value,
});

const halves = tensor('float16', [1, 2], Uint16Array.of(0x3800, 0x7e00));
const codes = tensor('int8', [3], Int8Array.of(-128, 0, 127));
const buffer = Uint8Array.of(1, 2, 3);

const captureOf = (outputs: readonly BoardOutput[], log = 'librknn_runtime version 1.7.5\n'): Capture => ({
  case: 'net › cat',
  stack: {
    name: '1.7.5',
    api: parseComponentVersion('1.7.5'),
    driver: parseComponentVersion('6.4.6.5.351518'),
  },
  request: {
    repeats: 2,
    inputs: [{ index: 0, bytes: buffer, dtype: 'uint8', layout: 'NHWC', passThrough: false, sizeBytes: 12 }],
  },
  boardModel: sha256Hex('the model'),
  response: { outputs, runs: [{ npuTimeUs: 1234.5, outputsCrc32: 0xffffffff }] },
  golden: makeGolden(
    {
      model: sha256Hex('network'),
      input: sha256Hex('input'),
      preprocess: sha256Hex('preprocess'),
      preprocessing: {},
      engine: { name: 'fake', version: '1.0.0' },
    },
    { bound: 1e-5, maxAbsDifference: 0 },
    new Map([['prob', tensor('float32', [1, 2], Float32Array.of(0.75, 0.25))]]),
    { model: 'net.onnx', input: 'cat.png' },
  ),
  log,
});

test('gives back what the board answered, bit for bit, with the golden', async () => {
  using place = temporaryProject();
  const outputs = [outputOf(0, 'prob', halves), outputOf(1, 'codes', codes, { kind: 'dfp', fl: -3 })];
  const capture = captureOf(outputs);

  await writeCapture(capture, place.path('case'), place.path('.hil'));
  const stored = await readCapture(place.path('case'), place.path('.hil'));

  expect(stored).toEqual({
    case: 'net › cat',
    stack: capture.stack,
    outputs,
    runs: capture.response.runs,
    golden: capture.golden,
    log: capture.log,
  });
});

test('keeps what the board was asked, its buffers named by their content', async () => {
  using place = temporaryProject();

  await writeCapture(captureOf([outputOf(0, 'prob', halves)]), place.path('case'), place.path('.hil'));

  const { request } = JSON.parse(readFileSync(place.path('case/capture.json'), 'utf8')) as {
    request: unknown;
  };
  const sha256 = sha256Hex(buffer);
  expect(request).toEqual({
    boardModel: sha256Hex('the model'),
    repeats: 2,
    inputs: [{ index: 0, object: sha256, dtype: 'uint8', layout: 'NHWC', passThrough: false, sizeBytes: 12 }],
  });
  expect(new Uint8Array(readFileSync(objectPath(place.path('.hil'), sha256)))).toEqual(buffer);
});

test('stores the same buffer and golden once, however many cases share them', async () => {
  using place = temporaryProject();
  const capture = captureOf([outputOf(0, 'prob', halves)]);

  await writeCapture(capture, place.path('first'), place.path('.hil'));
  await writeCapture(capture, place.path('second'), place.path('.hil'));

  const objects = readdirSync(place.path('.hil/objects'), { recursive: true, withFileTypes: true });
  expect(objects.filter((entry) => entry.isFile())).toHaveLength(2);
});

test.each([
  ['without a name', ['', '']],
  ['with one name', ['prob', 'prob']],
  ['without a name beside one that is called like a place', ['output_1', '']],
])('outputs %s are told apart', async (_, [first, second]) => {
  using place = temporaryProject();
  const outputs = [outputOf(0, first!, halves), outputOf(1, second!, codes)];

  await writeCapture(captureOf(outputs), place.path('case'), place.path('.hil'));
  const stored = await readCapture(place.path('case'), place.path('.hil'));

  expect(stored.outputs).toEqual(outputs);
});

test('a board that printed nothing leaves no log file', async () => {
  using place = temporaryProject();

  await writeCapture(captureOf([outputOf(0, 'prob', halves)], ''), place.path('case'), place.path('.hil'));

  expect(readdirSync(place.path('case')).sort()).toEqual(['capture.json', 'outputs.npz']);
  expect((await readCapture(place.path('case'), place.path('.hil'))).log).toBe('');
});

describe('a capture that cannot be judged', () => {
  test.each<[string, (path: (name: string) => string) => void, string]>([
    ['without its document', (path) => rmSync(path('case/capture.json')), 'ENOENT'],
    ['with half a document', (path) => writeFileSync(path('case/capture.json'), '{"schema": 1,'), 'JSON'],
    ['without its outputs', (path) => rmSync(path('case/outputs.npz')), 'outputs.npz'],
    [
      'with outputs that are cut short',
      (path) => {
        const bytes = readFileSync(path('case/outputs.npz'));
        writeFileSync(path('case/outputs.npz'), bytes.subarray(0, bytes.length - 30));
      },
      'outputs.npz',
    ],
    [
      'with other outputs than its document says',
      (path) => {
        const text = readFileSync(path('case/capture.json'), 'utf8');
        writeFileSync(path('case/capture.json'), text.replace('"member": "prob"', '"member": "other"'));
      },
      'outputs.npz lacks other',
    ],
    ['whose golden is gone', (path) => rmSync(path('.hil/objects'), { recursive: true }), 'objects'],
  ])('%s, says what is wrong and what to do', async (_, damage, problem) => {
    using place = temporaryProject();
    await writeCapture(captureOf([outputOf(0, 'prob', halves)]), place.path('case'), place.path('.hil'));

    damage((name) => place.path(name));
    const reading = readCapture(place.path('case'), place.path('.hil'));

    await expect(reading).rejects.toThrow(CaptureError);
    await expect(reading).rejects.toMatchObject({
      code: 'HIL_CAPTURE_UNREADABLE',
      message: expect.stringContaining(problem),
      hint: 'Run the case again; a capture that a crash cut short cannot be judged.',
    });
    await expect(reading).rejects.toThrow(`${place.path('case')} holds no whole capture`);
  });
});

test('keeps what a list of values stands for', async () => {
  using place = temporaryProject();
  const listed: BoardOutput = {
    ...outputOf(0, '', tensor('float32', [2], Float32Array.of(0.5, 0.25))),
    listing: { kind: 'some', places: [156, 155], restAtMost: 0.25 },
  };

  await writeCapture(captureOf([listed]), place.path('case'), place.path('state'));
  const { outputs } = await readCapture(place.path('case'), place.path('state'));

  expect(outputs).toEqual([listed]);
});
