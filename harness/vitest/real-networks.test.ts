import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildVirtualModel } from '../../runners/virtual/rknn/build-model.ts';
import { parseConverterConfig } from '../../runners/virtual/rknn/converter-config.ts';
import type { DatasetSample } from '../../runners/virtual/rknn/dataset.ts';
import { targetsOf } from '../pipeline/plan-cases.ts';
import { captureReader } from '../pipeline/read-capture.ts';
import { runCase } from '../pipeline/run-case.ts';
import { loadProject } from '../project/project.ts';
import { packageFolder } from '../harness-version.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { loadSpecFile } from '../spec/load-spec-file.ts';
import type { SpecDeclaration } from '../spec/schema.ts';
import type { CaseRecord } from '../store/record.ts';
import { dequantise } from '../tensor/dequantise.ts';
import { decodeNpy } from '../tensor/npy.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import { boardsOf } from './boards.ts';
import { prepareRun } from './prepare-run.ts';
import { type WorkerServices, workerServices } from './worker-services.ts';

// Published networks and pictures go the whole way of a case: golden equal to what another build of the engine computed
// from the same pictures with OpenCV's preprocessing, and the virtual board beside it. The data are not part of this
// repository.
const data = resolve(packageFolder, '../shared/data');
const missing = !existsSync(join(data, 'reference/index.json'));

interface Network {
  readonly model: string;
  readonly inputs: readonly string[];
  readonly spec: Pick<SpecDeclaration, 'preprocess' | 'boardInput' | 'outputs' | 'sealBound'>;
  /** Settings of the converter; what the spec's preprocessing does to the reference is baked in here. */
  readonly converter: Readonly<Record<string, unknown>>;
  /** How far the golden may be from the published reference output, absolute. */
  readonly goldenAtol: number;
  /** How far the board may be off in each format, with what facts say is healthy. */
  readonly tolerance: Readonly<Partial<Record<'fp16' | 'u8', SpecDeclaration['tolerance']>>>;
}

const planes = { dtype: 'float32', layout: 'NCHW' } as const;
const cifar = ['bird_75-2', 'cat_68-3', 'deer_94-4', 'dog_478-5', 'horse_20-7', 'ship_51-8'];

const networks: readonly Network[] = [
  {
    model: 'squeezenet_v1.1_fp16',
    inputs: ['dog_224x224.jpg', 'goldfish_224x224.jpg', 'space_shuttle_224.jpg'].map(
      (name) => `images/${name}`,
    ),
    spec: {
      preprocess: { channelOrder: 'bgr', mean: [104, 117, 123], layout: 'NCHW' },
      boardInput: { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' },
    },
    converter: { mean_values: [[104, 117, 123]], std_values: [[1, 1, 1]], reorder_channel: '2 1 0' },
    goldenAtol: 2e-3,
    tolerance: { fp16: 'fp16', u8: 'u8' },
  },
  {
    model: 'samplenet_cifar10',
    inputs: cifar.map((name) => `images/cifar10_${name}.jpg`),
    spec: {
      // The files have red and blue exchanged: what OpenCV calls BGR is true RGB.
      preprocess: {
        channelOrder: 'bgr',
        mean: [125.307, 122.961, 113.8575],
        std: [51.5865, 50.847, 51.255],
        layout: 'NCHW',
      },
      boardInput: { channelOrder: 'bgr', dtype: 'uint8', layout: 'NHWC' },
    },
    converter: { mean_values: [[125.307, 122.961, 113.8575]], std_values: [[51.5865, 50.847, 51.255]] },
    goldenAtol: 1e-5,
    tolerance: { fp16: 'fp16', u8: 'u8' },
  },
  {
    model: 'mnist-8',
    inputs: ['images/mnist_8_28x28.png', 'images/rknn_mnist_1_28x28.jpg'],
    spec: {
      preprocess: { channelOrder: 'grey', std: 255, layout: 'NCHW' },
      boardInput: { channelOrder: 'grey', dtype: 'uint8', layout: 'NHWC' },
    },
    converter: { mean_values: [[0]], std_values: [[255]] },
    goldenAtol: 1e-5,
    tolerance: { fp16: 'fp16', u8: 'u8' },
  },
  {
    model: 'tengine_mnist',
    inputs: ['images/mnist_8_28x28.png', 'images/rknn_mnist_1_28x28.jpg'],
    spec: {
      preprocess: { channelOrder: 'grey', std: 255, layout: 'NCHW' },
      boardInput: { channelOrder: 'grey', dtype: 'uint8', layout: 'NHWC' },
    },
    converter: { mean_values: [[0]], std_values: [[255]] },
    goldenAtol: 1e-5,
    tolerance: { fp16: 'fp16', u8: 'u8' },
  },
  {
    model: 'ultraface_rfb320',
    inputs: ['images/skimage_astronaut.png'],
    spec: {
      preprocess: {
        resize: { width: 320, height: 240 },
        channelOrder: 'rgb',
        mean: 127,
        std: 128,
        layout: 'NCHW',
      },
      boardInput: { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' },
      outputs: { scores: { kind: 'values' } },
    },
    converter: { mean_values: [[127, 127, 127]], std_values: [[128, 128, 128]] },
    goldenAtol: 1e-5,
    tolerance: { fp16: 'fp16', u8: { minCosine: 0.97, maxGainError: 0.1 } },
  },
  // Networks with interleaved inputs are fed as tensors: a converter takes every ONNX input for planes.
  {
    model: 'mlperf_tiny_resnet8_cifar10',
    inputs: cifar.map((name) => `reference/mlperf_tiny_resnet8_cifar10__cifar10_${name}.input.npy`),
    spec: { boardInput: planes },
    converter: {},
    goldenAtol: 1e-5,
    tolerance: { fp16: 'fp16', u8: 'u8' },
  },
  {
    model: 'mlperf_tiny_vww96',
    inputs: ['vww_000000000389_person', 'vww_000000001111_noperson', 'skimage_astronaut'].map(
      (name) => `reference/mlperf_tiny_vww96__${name}.input.npy`,
    ),
    spec: { boardInput: planes },
    converter: {},
    goldenAtol: 1e-5,
    tolerance: { fp16: 'fp16', u8: 'u8' },
  },
  {
    model: 'mobilenet_v2_1.0_224_uint8_qdq',
    inputs: ['dog_224x224', 'goldfish_224x224', 'space_shuttle_224'].map(
      (name) => `reference/mobilenet_v2_1.0_224_uint8_qdq__${name}.input.npy`,
    ),
    // Rounds inside: with and without graph optimisations its executions are up to 3 of 255 steps apart.
    spec: {
      boardInput: { dtype: 'uint8', layout: 'NCHW' },
      sealBound: 0.02,
      outputs: { output: { kind: 'logits' } },
    },
    converter: {},
    goldenAtol: 0.02,
    // Its own layers are u8, so u8-grade is what it can be held to, whatever the board computes in.
    tolerance: { fp16: { topK: 1, minCosine: 0.99 } },
  },
  {
    model: 'fsanet_1x1',
    inputs: ['reference/fsanet_1x1__skimage_astronaut.input.npy'],
    spec: { boardInput: planes },
    converter: {},
    goldenAtol: 1e-4,
    tolerance: { fp16: { rtol: 0.02, atol: 0.2 } },
  },
  {
    model: 'espcn_x3_float',
    inputs: ['reference/espcn_x3_float__random.input.npy'],
    spec: { boardInput: planes },
    converter: {},
    goldenAtol: 1e-5,
    tolerance: { fp16: 'fp16', u8: 'u8' },
  },
];

const engine = createOnnxRuntimeEngine();
const root = mkdtempSync(join(tmpdir(), 'hil-real-'));
let services: WorkerServices;

beforeAll(() => {
  writeFileSync(join(root, 'hil.config.yaml'), `outside: [${JSON.stringify(data)}]\n`);
  services = workerServices(prepareRun(loadProject(root), {}).settings);
});

afterAll(async () => {
  await services[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

describe.skipIf(missing).each(networks)(
  '$model goes the whole way (skipped without ../shared/data)',
  (network) => {
    test.each(Object.keys(network.tolerance) as ('fp16' | 'u8')[])(
      'in %s',
      { timeout: 120_000 },
      async (format) => {
        await buildModel(network, format);
        const records = await runSpec(network, format);

        expect(records.map(({ case: { input }, verdict, reason }) => ({ input, verdict, reason }))).toEqual(
          network.inputs.map((input) => expect.objectContaining({ input: stem(input), verdict: 'passed' })),
        );
        for (const [index, record] of records.entries()) {
          await expectPublishedGolden(network, network.inputs[index]!, record);
        }
      },
    );
  },
);

async function buildModel(network: Network, format: 'fp16' | 'u8'): Promise<void> {
  const bytes = await buildVirtualModel({
    onnx: readFileSync(join(data, 'models/onnx', `${network.model}.onnx`)),
    origin: network.model,
    name: network.model,
    config: parseConverterConfig(
      { ...network.converter, ...(format === 'fp16' ? { do_quantization: false } : {}) },
      'test',
    ),
    dataset: format === 'fp16' ? [] : network.inputs.map((input) => calibrationOf(network, input)),
    engine,
  });
  writeFileSync(join(root, `${network.model}.${format}.rknn`), bytes);
}

/** The network's own input tensors, as the index of the data lists them. */
function calibrationOf({ model }: Network, input: string): DatasetSample {
  const file = input.endsWith('.npy') ? input : `reference/${model}__${stem(input)}.input.npy`;
  return [
    { kind: 'tensor', tensor: dequantise(decodeNpy(readFileSync(join(data, file)), file), notQuantised) },
  ];
}

async function runSpec(network: Network, format: 'fp16' | 'u8'): Promise<CaseRecord[]> {
  const spec: SpecDeclaration = {
    name: `${network.model} ${format}`,
    model: {
      reference: join(data, 'models/onnx', `${network.model}.onnx`),
      board: `${network.model}.${format}.rknn`,
      format,
    },
    inputs: network.inputs.map((input) => ({ file: join(data, input), name: stem(input) })),
    ...network.spec,
    tolerance: network.tolerance[format],
  };
  const file = join(root, `${network.model}.${format}.hil.json`);
  writeFileSync(file, JSON.stringify(spec));
  const { project } = services;
  const cases = await loadSpecFile(file, project, () => Promise.reject(new Error('no module')));
  const records: CaseRecord[] = [];
  for (const testCase of cases) {
    const targets = targetsOf(testCase, boardsOf(project), {}, project);
    records.push(await runCase(testCase, targets, services.cases, { onStage: () => undefined }));
  }
  return records;
}

async function expectPublishedGolden(
  { model, goldenAtol }: Network,
  input: string,
  record: CaseRecord,
): Promise<void> {
  const capture = await captureReader(services.project)(record);
  const outputs = [...capture!.golden.values()];
  for (const [index, output] of outputs.entries()) {
    const file = `reference/${model}__${stem(input)}.output${index}.npy`;
    const published = decodeNpy(readFileSync(join(data, file)), file);
    expect(output.shape).toEqual(published.shape);
    const [golden, expected] = [output, published].map((value) => dequantise(value, notQuantised).data);
    const scale = expected!.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    const worst = golden!.reduce(
      (largest, value, i) => Math.max(largest, Math.abs(value - expected![i]!)),
      0,
    );
    expect(worst / scale).toBeLessThanOrEqual(goldenAtol);
  }
}

/** `squeezenet__dog.input.npy` and `dog.jpg` are both `dog`. */
function stem(input: string): string {
  const name = basename(input, extname(input)).replace(/\.input$/, '');
  return name.slice(name.indexOf('__') + 1).replace(/^_/, '');
}
