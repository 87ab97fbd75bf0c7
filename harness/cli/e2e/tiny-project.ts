import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { buildVirtualModel } from '../../../runners/virtual/rknn/build-model.ts';
import { parseConverterConfig } from '../../../runners/virtual/rknn/converter-config.ts';
import { packageFolder } from '../../harness-version.ts';
import { makeModel, makeNode, makeValueInfo, tensorToOnnx, writeOnnx } from '../../reference/onnx/model.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { type TemporaryProject, temporaryProject } from '../../spec/temporary-project.ts';
import { encodeNpy } from '../../tensor/npy.ts';
import { tensor } from '../../tensor/tensor.ts';

/** softmax([1, 0]) and softmax([0, 1]), to seven digits. */
export const [softmaxOfUp, softmaxOfDown] = [
  [0.7310586, 0.2689414],
  [0.2689414, 0.7310586],
] as const;

/** The network y = softmax(W x), W the unit matrix: what comes out can be worked out by hand. */
const network = writeOnnx(
  makeModel(
    {
      name: 'tiny',
      nodes: [
        makeNode('Gemm', ['x', 'weight'], ['scores'], { transB: { int: 1 } }),
        makeNode('Softmax', ['scores'], ['prob'], { axis: { int: 1 } }),
      ],
      initializers: [tensorToOnnx('weight', tensor('float32', [2, 2], Float32Array.of(1, 0, 0, 1)))],
      inputs: [makeValueInfo('x', 'float32', [1, 2])],
      outputs: [makeValueInfo('prob', 'float32', [1, 2])],
    },
    { '': 13 },
  ),
);

/** The config that the network is converted with for the virtual board. */
export const converterConfig = { do_quantization: false };

const boardModel = await buildVirtualModel({
  onnx: network,
  origin: 'tiny.onnx',
  name: 'tiny',
  config: parseConverterConfig(converterConfig, 'tiny.yaml'),
  dataset: [],
  engine: createOnnxRuntimeEngine(),
});

const vector = (...values: number[]) =>
  encodeNpy(tensor('float32', [1, values.length], Float32Array.from(values)));

/** A spec of the tiny network that passes, as a person would write it. */
export const tinySpec = (name: string, changes: object = {}) => ({
  name,
  model: { reference: 'tiny.onnx', board: 'tiny.rknn', format: 'fp16' },
  inputs: ['up.npy', 'down.npy'] as unknown,
  boardInput: { dtype: 'float32', layout: 'NCHW' },
  tolerance: { atol: 0.01, topK: 1 },
  ...changes,
});

/**
 * Floats that are declared as halves: of 1.0 (0x3f800000) the board reads 0x0000 and 0x3f80, which are 0 and 1.875, and
 * so softmax([0, 1.875]) = [0.1329642, 0.8670358] where softmax([1, 0]) is meant.
 */
export const wrongInput = {
  boardInput: { dtype: 'float32', layout: 'NCHW', declare: { dtype: 'float16' } },
};

/** A board that does what `faults` say, beside one that does nothing wrong. */
export const configWithFaults = (faults: object): string =>
  JSON.stringify({
    boards: [
      { name: 'good', kind: 'virtual' },
      { name: 'bad', kind: 'virtual', faults },
    ],
    board: 'good',
  });

/**
 * A project with the tiny network, two inputs, and the given specs; this package and Vitest are installed in it.
 *
 * @param specs - Declarations by file name without its ending.
 */
export function tinyProject(
  specs: Readonly<Record<string, object>>,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): TemporaryProject {
  const place = temporaryProject({
    'specs/tiny.onnx': network,
    'specs/tiny.rknn': boardModel,
    'specs/up.npy': vector(1, 0),
    'specs/down.npy': vector(0, 1),
    ...Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => [`specs/${name}.hil.json`, JSON.stringify(spec)]),
    ),
    ...files,
  });
  install(place);
  return place;
}

/** Makes this package and Vitest importable in a project. */
export function install(place: TemporaryProject): void {
  for (const [name, target] of [
    ['hil-harness', packageFolder],
    ['vitest', `${packageFolder}/node_modules/vitest`],
  ] as const) {
    const link = place.path(`node_modules/${name}`);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link, 'dir');
  }
}
