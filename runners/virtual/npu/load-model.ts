import { graphInputs } from '../../../harness/reference/npu-format/network-facts.ts';
import { type NpuProgram, roundLayers } from '../../../harness/reference/npu-format/round-layers.ts';
import { makeValueInfo, readOnnx, type OnnxModel } from '../../../harness/reference/onnx/model.ts';
import { splitContainer, type ContainerFault } from '../../../harness/reference/rknn-file/container.ts';
import { readRknn, type RknnFile } from '../../../harness/reference/rknn-file/rknn-file.ts';
import { storageFromRknn, tensorAttributes } from '../../../harness/reference/rknn-file/tensor-attributes.ts';
import type { RknnTrailer } from '../../../harness/reference/rknn-file/trailer.ts';
import type { TensorAttribute } from '../../../harness/board/tensor-attribute.ts';
import { HilError } from '../../../harness/hil-error.ts';
import { formatShape } from '../../../harness/tensor/tensor.ts';
import { virtualPlatform } from '../rknn/virtual-platform.ts';
import { virtualSectionSchema, type VirtualLayer, type VirtualSection } from '../rknn/virtual-section.ts';
import { VendorFailure } from '../npu.ts';
import type { NpuPersonality } from './personality.ts';
import { vendorCode } from './vendor-code.ts';
import { vendorModel } from './vendor-model.ts';

/** A model file that passed the loader's checks. */
export interface VirtualModel {
  readonly trailer: RknnTrailer;
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  readonly layers: readonly VirtualLayer[];
  /** Names of the outputs among the tensors of the layers. */
  readonly results: readonly string[];
  /**
   * The network with a runtime's arithmetic in it: inputs and outputs are stored elements.
   *
   * @param reveal - Tensors of layers that become further outputs, in this order, as real values.
   */
  write(runtime: NetworkRuntime, reveal?: readonly string[]): OnnxModel;
  /** Only of files that were built for the virtual board: what the payload computes before anything is rounded. */
  readonly own?: { readonly network: OnnxModel; readonly program: NpuProgram };
}

/** What of a personality decides about a network's numbers. */
export type NetworkRuntime = Pick<NpuPersonality, 'arithmetic' | 'fault'>;

type Print = (line: string) => void;

const origin = 'the model file';

/**
 * Does what `rknn_init` of release 1.7.5 does with a file before it compiles it: same checks, same order, same texts.
 *
 * @throws {VendorFailure} With the vendor's code, after the lines that the vendor prints.
 */
export function loadModel(bytes: Uint8Array, personality: NpuPersonality, print: Print): VirtualModel {
  print(personality.apiVersion);
  if (bytes.length === 0) {
    print('model is null or size == 0');
    throw new VendorFailure('rknn_init', vendorCode.modelInvalid);
  }
  const refuse: Refuse = (status, ...lines) => {
    for (const line of lines) print(line);
    return initFailure(status, print);
  };
  const container = splitContainer(bytes);
  if ('kind' in container) throw refuse(vendorCode.modelInvalid, ...faultLines(container));
  const file = readFile(bytes, refuse);
  const isReal = isVendorFile(file.trailer);
  checkDescription(file.trailer, personality, isReal ? realPlatforms : [personality.platform], refuse);
  return isReal ? readVendorModel(file, print, refuse) : readProgram(file, refuse);
}

/** Made by the vendor's toolkit, so that its own lists say all there is to say. */
const isVendorFile = (trailer: RknnTrailer): boolean =>
  trailer['hil_virtual'] === undefined && !(trailer.target_platform ?? []).some(isVirtualPlatform);

const isVirtualPlatform = (name: string) => name.toUpperCase() === virtualPlatform;

/**
 * Chips whose files the simulated NPU computes: converters make the same of a network for all of them. A board runs
 * only those of its own family, which come first here.
 */
const ownFamily = ['RK1808', 'RK1806', 'RK3399PRO'];
const realPlatforms = [...ownFamily, 'RV1109', 'RV1126', 'RK1109', 'RK1126'];

function readVendorModel(file: RknnFile, print: Print, refuse: Refuse): VirtualModel {
  try {
    const model = vendorModel(file, origin);
    const foreign = file.trailer.target_platform?.find((name) => !ownFamily.includes(name.toUpperCase()));
    if (foreign !== undefined) {
      print(`virtual board: the model is for ${foreign}; an RK1808 would refuse it with -13`);
    }
    print('virtual board: the file is computed by a model of the NPU, not by hardware');
    return model;
  } catch (error) {
    throw refuse(vendorCode.modelInvalid, ...virtualLines(error));
  }
}

/** Prints the line that ends every failed init. */
export function initFailure(status: number, print: Print): VendorFailure {
  print(`Create RKNN model fail, error=${status}`);
  return new VendorFailure('rknn_init', status);
}

type Refuse = (status: number, ...lines: string[]) => VendorFailure;

function faultLines(fault: ContainerFault): string[] {
  switch (fault.kind) {
    case 'magic':
      return [`Invalid RKNN model:${fault.found} vs ${fault.expected}`];
    case 'length':
      return [`Invalid RKNN model need_size=${fault.needed} size=${fault.found}`];
    case 'encrypted':
      return ['virtual board: the model is encrypted'];
    case 'toolkit2':
    case 'version':
      return [`virtual board: container version ${fault.version} is unknown`];
  }
}

function readFile(bytes: Uint8Array, refuse: Refuse): RknnFile {
  try {
    return readRknn(bytes, origin);
  } catch (error) {
    throw refuse(vendorCode.modelInvalid, ...virtualLines(error));
  }
}

function checkDescription(
  trailer: RknnTrailer,
  personality: NpuPersonality,
  platforms: readonly string[],
  refuse: Refuse,
): void {
  const { mean_value: means = [], std_value: stds, target_platform: targets = [] } = trailer;
  if (stds !== undefined && stds.length !== means.length) {
    throw refuse(
      vendorCode.modelInvalid,
      `the number of mean value must be equal to std value ,but ${means.length} vs ${stds.length}.`,
    );
  }
  targets.forEach((target, i) => {
    const [current] = platforms;
    if (platforms.some((platform) => platform.toUpperCase() === target.toUpperCase())) return;
    throw refuse(
      vendorCode.targetPlatformUnmatch,
      `rknn model target platform[${i}] is ${target}, while current platform is ${current}`,
    );
  });
  const precompiled = trailer.pre_compile === 1;
  if (precompiled && trailer.pre_compile_version !== 1) {
    throw refuse(
      vendorCode.incompatiblePreCompile,
      'This RKNN model use pre_compile mode, but not compatible with current driver.',
    );
  }
  if ((trailer.optimization_level_version ?? 0) !== 0) {
    throw refuse(
      vendorCode.incompatibleOptimizationLevel,
      'This RKNN model has set optimization level, but not compatible with current driver.',
    );
  }
  if (personality.miniDriver && !precompiled) {
    throw refuse(
      vendorCode.nonPreCompiledOnMiniDriver,
      'This RKNN model is not a pre-compiled model, but the npu driver is mini driver.',
      'Mini driver only support rknn models with pre-compiled mode.',
    );
  }
}

function readProgram({ payload, trailer }: RknnFile, refuse: Refuse): VirtualModel {
  const section = virtualSectionSchema.safeParse(trailer['hil_virtual']);
  if (!section.success) {
    throw refuse(
      vendorCode.modelInvalid,
      'virtual board: the model was not built for it; build one with: npx hil virtual build-model',
    );
  }
  try {
    const network = readOnnx(payload, `the payload of ${origin}`);
    const inputs = tensorAttributes(trailer, 'input', origin);
    const outputs = tensorAttributes(trailer, 'output', origin);
    const program = programOf(section.data, inputs, outputs);
    const mismatch = mismatchOf(network, program, inputs, outputs);
    if (mismatch !== undefined) throw refuse(vendorCode.modelInvalid, `virtual board: ${mismatch}`);
    return {
      trailer,
      inputs,
      outputs,
      layers: section.data.layers,
      results: network.graph.output.map(({ name }) => name),
      write: ({ arithmetic, fault }, reveal = []) =>
        revealTensors(roundLayers(network, program, arithmetic, fault), network, reveal),
      own: { network, program },
    };
  } catch (error) {
    if (error instanceof VendorFailure) throw error;
    throw refuse(vendorCode.modelInvalid, ...virtualLines(error));
  }
}

/** @param network - The same before it was rounded: declares its outputs as values. */
function revealTensors(rounded: OnnxModel, network: OnnxModel, tensors: readonly string[]): OnnxModel {
  const declared = new Map(network.graph.output.map((output) => [output.name, output]));
  const values = tensors.map((name) => declared.get(name) ?? makeValueInfo(name, 'float32'));
  const { graph } = rounded;
  return { ...rounded, graph: { ...graph, output: [...graph.output, ...values] } };
}

function programOf(
  { layers, float_biases }: VirtualSection,
  inputs: readonly TensorAttribute[],
  outputs: readonly TensorAttribute[],
): NpuProgram {
  return {
    inputs,
    outputs,
    rounded: layers
      .filter(({ moves }) => !moves)
      .flatMap((layer) => layer.outputs)
      .map(({ tensor, dtype }) => ({ tensor, storage: storageFromRknn(dtype, `layer ${tensor}`) })),
    floatBiases: float_biases,
  };
}

/** Description and payload come from one converter; where they contradict each other, the file was edited. */
function mismatchOf(
  network: OnnxModel,
  { rounded, floatBiases }: NpuProgram,
  inputs: readonly TensorAttribute[],
  outputs: readonly TensorAttribute[],
): string | undefined {
  const { graph } = network;
  const declared = graphInputs(network, origin);
  if (declared.length !== inputs.length || graph.output.length !== outputs.length) {
    return `the payload has ${declared.length} inputs and ${graph.output.length} outputs, the description ${inputs.length} and ${outputs.length}`;
  }
  const untyped = graph.output.find(({ type }) => type?.tensorType?.shape === undefined);
  if (untyped) return `output ${untyped.name} of the payload has no shape`;
  for (const [i, { name, shape }] of declared.entries()) {
    // The description has no scalars: theirs is a list of one.
    if (formatShape(shape.length === 0 ? [1] : shape) !== formatShape(inputs[i]!.shape)) {
      return `input ${name} is ${formatShape(shape)} in the payload and ${formatShape(inputs[i]!.shape)} in the description`;
    }
  }
  const made = new Set(graph.node.flatMap(({ output }) => output));
  const missing = rounded.find(({ tensor }) => !made.has(tensor));
  if (missing) return `the payload has no layer output ${missing.tensor}`;
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const lost = floatBiases.find((name) => !constants.has(name));
  return lost === undefined ? undefined : `the payload has no bias ${lost}`;
}

/** Our own words in the log, told from the vendor's. */
function virtualLines(error: unknown): string[] {
  if (error instanceof HilError) return error.message.split('\n').map((line) => `virtual board: ${line}`);
  throw error;
}
