import type { BoardInput } from '../../../harness/board/session.ts';
import { createOnnxRuntimeEngine } from '../../../harness/reference/onnx-runtime-engine.ts';
import { affineOf } from '../../../harness/reference/npu-format/encode-values.ts';
import {
  makeModel,
  makeNode,
  makeValueInfo,
  tensorToOnnx,
  writeOnnx,
  type AttributeValue,
} from '../../../harness/reference/onnx/model.ts';
import { bytesOf, elementsOf } from '../../../harness/tensor/dtype.ts';
import { halvesToFloats } from '../../../harness/tensor/half.ts';
import { tensor } from '../../../harness/tensor/tensor.ts';
import type { NpuContext, NpuRun } from '../npu.ts';
import { buildVirtualModel } from '../rknn/build-model.ts';
import { parseConverterConfig } from '../rknn/converter-config.ts';
import { personalities, type NpuPersonality } from './personality.ts';
import { createSimulatedNpu } from './simulated-npu.ts';

// Networks small enough to work out by hand, for tests.

export const engine = createOnnxRuntimeEngine();

interface ExampleNode {
  readonly op: string;
  readonly in: readonly string[];
  readonly out: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** A network with one float input `data`; the last node's output is the network's. */
export interface ExampleNetwork {
  readonly input: readonly number[];
  readonly nodes: readonly ExampleNode[];
  readonly constants?: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
  >;
  readonly outputs?: readonly string[];
  readonly opset?: number;
}

export function exampleOnnx({
  input,
  nodes,
  constants = {},
  outputs,
  opset = 13,
}: ExampleNetwork): Uint8Array {
  return writeOnnx(
    makeModel(
      {
        name: 'example',
        nodes: nodes.map((node) => makeNode(node.op, node.in, [node.out], node.attributes)),
        initializers: Object.entries(constants).map(([name, { shape, values }]) =>
          tensorToOnnx(name, tensor('float32', shape, Float32Array.from(values))),
        ),
        inputs: [makeValueInfo('data', 'float32', input)],
        outputs: (outputs ?? [nodes.at(-1)!.out]).map((name) => makeValueInfo(name, 'float32')),
      },
      { '': opset },
    ),
  );
}

/**
 * Converts a network.
 *
 * @param config - As in a config file; float16 unless it says otherwise.
 * @param calibration - Values of the input in calibration runs.
 */
export function buildExample(
  network: ExampleNetwork,
  config: Readonly<Record<string, unknown>> = {},
  calibration: readonly (readonly number[])[] = [],
): Promise<Uint8Array> {
  return buildVirtualModel({
    onnx: exampleOnnx(network),
    origin: 'example.onnx',
    name: 'example',
    config: parseConverterConfig({ do_quantization: calibration.length > 0, ...config }, 'example.yaml'),
    dataset: calibration.map((values) => [
      { kind: 'tensor', tensor: tensor('float32', network.input, Float32Array.from(values)) },
    ]),
    engine,
  });
}

/** A loaded model with what was printed. */
export interface Loaded {
  readonly context: NpuContext;
  readonly log: string[];
  readonly print: (line: string) => void;
}

export async function loadExample(
  model: Uint8Array,
  personality: NpuPersonality = personalities['1.7.5'],
): Promise<Loaded> {
  const log: string[] = [];
  const print = (line: string) => void log.push(line);
  return { context: await createSimulatedNpu({ engine, personality }).init(model, print), log, print };
}

/** Float planes, declared as what they are. */
export function floatInput(values: readonly number[]): BoardInput {
  const bytes = bytesOf(Float32Array.from(values));
  return { index: 0, bytes, dtype: 'float32', layout: 'NCHW', passThrough: false, sizeBytes: bytes.length };
}

/** The real values of an output. */
export function outputValues({ outputs }: NpuRun, index = 0): number[] {
  const { attribute, tensor: stored } = outputs[index]!;
  if (attribute.dtype === 'float16') return [...halvesToFloats(elementsOf('float16', bytesOf(stored.data)))];
  const { step, zp } = affineOf(attribute.quantisation);
  return [...stored.data].map((code) => (Number(code) - zp) * step);
}

/** Builds, loads and runs a network once; the stored elements and the real values of its first output. */
export async function runExample(
  model: Uint8Array,
  values: readonly number[],
  personality?: NpuPersonality,
): Promise<{ readonly codes: number[]; readonly values: number[] }> {
  const { context, print } = await loadExample(model, personality);
  await using _ = context;
  const run = await context.run([floatInput(values)], print);
  return { codes: [...run.outputs[0]!.tensor.data].map(Number), values: outputValues(run) };
}
