import {
  convertNetwork,
  type ConvertedNetwork,
} from '../../../harness/reference/npu-format/convert-network.ts';
import { graphInputs, type GraphInput } from '../../../harness/reference/npu-format/network-facts.ts';
import { writeOnnx } from '../../../harness/reference/onnx/model.ts';
import type { ReferenceEngine } from '../../../harness/reference/engine.ts';
import { writeRknn } from '../../../harness/reference/rknn-file/rknn-file.ts';
import type { RknnTrailer } from '../../../harness/reference/rknn-file/trailer.ts';
import { calibrationOf } from './calibration.ts';
import type { ConverterConfig } from './converter-config.ts';
import type { DatasetSample } from './dataset.ts';
import { describeNetwork, type NetworkDescription } from './describe-network.ts';
import {
  channelPreprocessing,
  maxMeanChannels,
  type ChannelPreprocessing,
  type Framework,
} from './input-channels.ts';
import { toolkits } from './toolkits.ts';
import { virtualPlatform } from './virtual-platform.ts';

export interface BuildRequest {
  /** A whole ONNX model. */
  readonly onnx: Uint8Array;
  /** What the network was written in, where it is not ONNX: the vendor's converter has habits for each. */
  readonly framework?: Framework | undefined;
  /** File it comes from, for messages. */
  readonly origin: string;
  /** Name written into the model. */
  readonly name: string;
  readonly config: ConverterConfig;
  /** Calibration runs; a float16 model needs none, unless its shapes depend on its inputs' values. */
  readonly dataset: readonly DatasetSample[];
  readonly engine: ReferenceEngine;
}

/**
 * Stands in for the vendor's converter: makes a .rknn file for the virtual board from a float network. The file has
 * the vendor's container and description; its payload is our own, and its platform is one that no real board accepts.
 * The same request gives the same bytes.
 *
 * @throws {HilError} Owner `spec`: the network, the config or the dataset do not allow it.
 */
export async function buildVirtualModel(request: BuildRequest): Promise<Uint8Array> {
  const { onnx, origin, config, dataset, engine, framework = 'onnx' } = request;
  const preprocessingOf = (inputs: readonly GraphInput[]) =>
    channelPreprocessing(inputs, config.preprocessing, framework, origin);
  const network = await convertNetwork({
    bytes: onnx,
    origin,
    engine,
    format: config.format,
    rounding: toolkits[config.toolkit],
    calibration:
      config.format === 'fp16' && dataset.length === 0
        ? undefined
        : (inputs) => calibrationOf(inputs, preprocessingOf(inputs), dataset, origin),
  });
  const preprocessing = preprocessingOf(graphInputs(network.model, origin));
  const payload = writeOnnx(network.model);
  return writeRknn({ payload, trailer: describeModel(request, network, preprocessing, payload) });
}

function describeModel(
  { name, config, framework = 'onnx' }: BuildRequest,
  network: ConvertedNetwork,
  preprocessing: readonly ChannelPreprocessing[],
  payload: Uint8Array,
): RknnTrailer {
  const description = describeNetwork(network, payload, framework);
  const visible = config.preCompile ? asPrecompiled(description) : description;
  const normalisation = preprocessing.map(normalisationOf);
  return {
    target_platform: [virtualPlatform],
    network_platform: 'caffe',
    ori_network_platform: 'caffe',
    // Networks from ONNX and Caffe have planes; pixels that are fed interleaved must be transposed.
    input_fmt: 0,
    input_transpose: 1,
    output_fmt: 0,
    name,
    version: config.toolkit,
    node_num: visible.nodes.length,
    norm_tensor_num: visible.norm_tensor.length,
    const_tensor_num: visible.const_tensor.length,
    virtual_tensor_num: visible.virtual_tensor.length,
    input_num: network.model.graph.input.length,
    output_num: network.model.graph.output.length,
    optimization_level: config.optimizationLevel,
    mean_value: normalisation.flatMap(({ mean }) => mean),
    mean_value_chns: normalisation.map(({ mean }) => mean.length),
    std_value: normalisation.flatMap(({ std }) => std),
    reorder: preprocessing.flatMap(({ swapChannels }) => (swapChannels ? [2, 1, 0] : [0, 1, 2])),
    pre_compile: config.preCompile ? 1 : 0,
    ...(config.preCompile ? { pre_compile_version: 1 } : {}),
    case_type: -1,
    ...visible,
  };
}

/** More channels than the runtime has room for are marked as not normalised at all: mean -1, count 1. */
const normalisationOf = ({ mean, std }: ChannelPreprocessing) =>
  mean.length > maxMeanChannels ? { mean: [-1], std: [1] } : { mean, std };

/** A precompiled file shows one opaque node between inputs and outputs. */
function asPrecompiled({ norm_tensor, graph, hil_virtual }: NetworkDescription): NetworkDescription {
  const sides = (side: 'input' | 'output') => graph.filter(({ left }) => left === side);
  const nbg = {
    lid: 'nbg_0',
    name: 'nbg',
    op: 'VSI_NN_OP_NBG',
    uid: 0,
    input_num: sides('input').length,
    output_num: sides('output').length,
    nn: { nbg: { type: 'VSI_NN_NBG_FILE', url: 'data_file_name' } },
  };
  return {
    nodes: [nbg],
    norm_tensor,
    const_tensor: [],
    virtual_tensor: [],
    connection: graph.map(({ left, left_tensor_id, right_tensor_id }) => ({
      node_id: 0,
      left,
      left_tensor_id,
      right_tensor: { type: 'norm_tensor', tensor_id: right_tensor_id },
    })),
    graph,
    hil_virtual,
  };
}
