import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { readRknn } from '../reference/rknn-file/rknn-file.ts';
import type { InjectedFault } from '../reference/npu-format/round-layers.ts';
import { tensor } from '../tensor/tensor.ts';
import { personalities, type SimulatedSdk } from '../../runners/virtual/npu/personality.ts';
import { createSimulatedNpu } from '../../runners/virtual/npu/simulated-npu.ts';
import { analyseLayers, dumpRunNote, type LayerAnalysisRequest } from './analyse-layers.ts';
import { dumpOfSession, type LayerDump } from './dump/dumped-layer.ts';

// The built-in residual network with 57 fused layers, on the simulated NPU. A smooth picture, 64 x 64, three channels.
const models = new URL('../../specs/models/', import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, models)));
const engine = createOnnxRuntimeEngine();
const onnx = read('two-class.onnx');
const [channels, side] = [3, 64];
const pixel = (c: number, y: number, x: number) =>
  Math.round(128 + 80 * Math.sin(x / 9 + c) + 30 * Math.cos((y / 5) * (c + 1)));
const planes = (channelOf: (c: number) => number, mean: number) =>
  Float32Array.from({ length: channels * side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side) % side, i % side];
    return pixel(channelOf(Math.floor(i / (side * side))), y, x) - mean;
  });

interface Situation {
  readonly format?: 'fp16' | 'u8' | 'i8' | 'i16';
  readonly sdk?: SimulatedSdk;
  readonly fault?: InjectedFault;
}

/** A dump run on the simulated NPU: its layers, and all that an analysis needs beside them. */
async function dumpRun({ format = 'fp16', sdk = '1.7.5', fault }: Situation): Promise<LayerAnalysisRequest> {
  const model = read(`two-class.${format}.rknn`);
  const npu = createSimulatedNpu({ engine, personality: { ...personalities[sdk], fault } });
  const ignore = () => undefined;
  await using context = await npu.init(model, ignore);
  // Planes in the file's order; the simulated runtime swaps the channels and subtracts the mean, as the file says.
  const bytes = new Uint8Array(planes((c) => c, 0).buffer);
  const input = {
    index: 0,
    bytes,
    dtype: 'float32',
    layout: 'NCHW',
    passThrough: false,
    sizeBytes: bytes.length,
  } as const;
  const swapped = planes((c) => 2 - c, 128);
  return {
    dump: dumpOfSession(await context.layers([input], ignore)),
    onnx,
    origin: 'two-class.onnx',
    feeds: new Map([['data', tensor('float32', [1, channels, side, side], swapped)]]),
    engine,
    boardModel: readRknn(model, 'the model').trailer,
  };
}

const withDump = (request: LayerAnalysisRequest, change: (dump: LayerDump) => LayerDump) => ({
  ...request,
  dump: change(request.dump),
});

const layerCount = 57;

describe('a healthy board', () => {
  test.each(['fp16', 'u8', 'i8', 'i16'] as const)(
    'in %s has no suspect, and every layer is mapped',
    async (format) => {
      const { analysis } = await analyseLayers(await dumpRun({ format }));

      expect(analysis.suspect).toBeUndefined();
      expect(analysis.format).toBe(format);
      expect(analysis.rows).toHaveLength(layerCount);
      expect(analysis.unmapped).toEqual({ dumps: [], values: [] });
      expect(analysis.note).toBe(dumpRunNote);
    },
  );

  test('has the errors that the format explains, in a quantised format bit by bit', async () => {
    const { analysis, tensors } = await analyseLayers(await dumpRun({ format: 'u8' }));

    for (const { index, isolated, expected, excess, wrong, storage } of analysis.rows.slice(0, -1)) {
      expect(isolated.rmse).toBeCloseTo(expected!.isolated.rmse, 6);
      expect(excess).toBeLessThan(0.6);
      expect(wrong).toBeUndefined();
      expect(storage?.dtype).toBe('uint8');
      expect(tensors.board[index]!.shape).toEqual(tensors.reference[index]!.shape);
    }
  });
});

test.each(['fp16', 'u8'] as const)(
  'of a layer that is spoiled in %s every other layer is acquitted',
  async (format) => {
    const request = await dumpRun({ format, fault: { kind: 'scale', layer: 'layer2.1.bn2', amount: 0.3 } });

    const { analysis } = await analyseLayers(request);

    const accused = analysis.rows.filter(({ excess }) => excess > 1).map(({ value }) => value);
    expect(accused).toEqual(['layer2.1.bn2']);
    expect(analysis.rows[analysis.suspect!.row]!.value).toBe('layer2.1.bn2');
    expect(analysis.rows[analysis.suspect!.row]!.wrong?.kind).toBe('constant-factor');
    expect(analysis.suspect!.sentence).toMatch(
      /^layer2\.1\.bn2 \(Conv\) is the first layer that is itself wrong: its own error is /,
    );
  },
);

test.each(['1.5.0', '1.6.1', '1.7.5'] as const)('a small spoilt factor is found on %s', async (sdk) => {
  const fault = { kind: 'scale', layer: 'layer3.2.relu2', amount: 0.01 } as const;

  const { analysis } = await analyseLayers(await dumpRun({ sdk, fault }));

  expect(analysis.rows.filter(({ excess }) => excess > 1).map(({ value }) => value)).toEqual([
    'layer3.2.relu2',
  ]);
});

test('a layer of noise is mapped by its place, and the layers behind it by their own inputs', async () => {
  const request = await dumpRun({});
  const noisy = 17;
  const spoilt = withDump(request, (dump) => ({
    ...dump,
    layers: dump.layers.map((layer, i) =>
      i === noisy ? { ...layer, values: layer.values.map((_, k) => Math.sin(k * k * 1.7) * 3) } : layer,
    ),
  }));

  const { analysis } = await analyseLayers(spoilt);

  const row = analysis.rows[noisy]!;
  expect([row.value, row.wrong?.kind]).toEqual(['layer2.1.bn2', 'uncorrelated']);
  expect(row.confidence).toBeLessThan(0.6);
  expect(analysis.suspect!.row).toBe(noisy);
  expect(analysis.suspect!.sentence).toContain('It is not certain that this dump is this layer');
  // The addition behind it was not dumped with the noise as its input.
  expect(analysis.rows.map(({ value }) => value)).toEqual(
    (await analyseLayers(request)).analysis.rows.map(({ value }) => value),
  );
});

test('layers are found in whatever order and layout they are dumped', async () => {
  const request = await dumpRun({});
  const mixed = withDump(request, (dump) => {
    const layers = dump.layers.map((layer) => ({ ...layer, values: interleaved(layer) }));
    // The driver may run the shortcut of a block before its main path.
    const [shortcut] = layers.splice(4, 1);
    layers.splice(2, 0, shortcut!);
    return { ...dump, layers };
  });

  const { analysis } = await analyseLayers(mixed);

  expect(analysis.suspect).toBeUndefined();
  expect(analysis.rows.map(({ value }) => value).slice(0, 6)).toEqual([
    'relu1',
    'pool1',
    'layer1.0.projection_bn',
    'layer1.0.relu1',
    'layer1.0.bn2',
    'layer1.0.relu2',
  ]);
  const images = analysis.rows.filter(({ shape, kind }) => shape.length === 4 && kind !== 'PoolingLayer2');
  expect(new Set(images.map(({ layout }) => layout.order))).toEqual(new Set(['interleaved', 'planar']));
  expect(analysis.rows[0]!.layout).toEqual({ order: 'interleaved', transposed: false, detected: true });
});

test('what cannot be mapped is shown on both sides', async () => {
  const request = await dumpRun({});
  const changed = withDump(request, (dump) => ({
    ...dump,
    layers: [
      ...dump.layers.filter((_, i) => i !== 7),
      {
        ...dump.layers[0]!,
        names: ['invented.txt'],
        width: 77,
        height: 1,
        depth: 1,
        values: new Float32Array(77),
      },
    ],
  }));

  const { analysis } = await analyseLayers(changed);

  expect(analysis.unmapped).toEqual({
    dumps: [
      { dumps: ['invented.txt'], elements: 77, reason: 'no value of the reference has this many elements' },
    ],
    values: [{ value: 'layer1.1.bn2', node: 'layer1.1.conv2', opType: 'Conv', shape: [1, 16, 16, 16] }],
  });
  // The layer behind the lost one is then judged together with it.
  const behind = analysis.rows.find(({ value }) => value === 'layer1.1.relu2')!;
  expect(behind.nodes.map(({ opType }) => opType)).toEqual(['Conv', 'Add', 'Relu']);
  expect(behind.excess).toBeLessThan(1);
});

test('of a pre-compiled model it is said that no inner layers exist, and nobody is suspected', async () => {
  const request = await dumpRun({});
  const dump = { ...request.dump, layers: request.dump.layers.slice(-1) };
  const trailer = {
    ...request.boardModel!,
    pre_compile: 1 as const,
    nodes: [],
    virtual_tensor: [],
    connection: [],
  };

  const { analysis } = await analyseLayers({ ...request, dump, boardModel: trailer });

  expect(analysis.remarks.join(' ')).toContain('The model is pre-compiled');
  expect(analysis.rows.map(({ value }) => value)).toEqual(['prob']);
  expect(analysis.suspect).toBeUndefined();
});

test('without a model file or a format no layer is accused', async () => {
  const { boardModel: _, ...request } = await dumpRun({});

  const unknown = await analyseLayers(request);
  const told = await analyseLayers({ ...request, format: 'fp16' });

  expect(unknown.analysis.format).toBe('unknown');
  expect(unknown.analysis.suspect).toBeUndefined();
  expect(unknown.analysis.remarks.join(' ')).toContain('numeric format is not known');
  expect(told.analysis.rows.every(({ excess }) => excess < 1)).toBe(true);
});

/** The same layer as a driver with interleaved channels would dump it; flattened additions stay flat. */
function interleaved({ width, height, depth, values }: LayerDump['layers'][number]): Float32Array {
  const plane = width * height;
  return Float32Array.from(values, (_, at) => values[(at % depth) * plane + Math.floor(at / depth)]!);
}
