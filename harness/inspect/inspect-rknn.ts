import { readRknn, type RknnFile } from '../reference/rknn-file/rknn-file.ts';
import { runtimePreprocessing } from '../reference/rknn-file/runtime-preprocessing.ts';
import { storageFromRknn, tensorAttributes } from '../reference/rknn-file/tensor-attributes.ts';
import type { RknnDtype, RknnTrailer } from '../reference/rknn-file/trailer.ts';
import { biasMismatches } from './bias-relation.ts';
import { countBy, type RknnInspection } from './inspection.ts';
import { readNbgHeader } from './nbg-header.ts';
import { precisionClass, storageWord } from './precision-class.ts';
import { remarksOn } from './rknn-remarks.ts';

/**
 * Reads what a .rknn file says about itself, with remarks.
 *
 * @param origin - File the bytes come from, for messages.
 * @throws {RknnFormatError | RknnEncryptedError | RknnToolkit2Error | GitLfsPointerError}
 */
export function inspectRknn(bytes: Uint8Array, origin: string): RknnInspection {
  return inspectRknnFile(readRknn(bytes, origin), bytes.byteLength, origin);
}

/** The same for a file that is read already. */
export function inspectRknnFile(file: RknnFile, bytes: number, origin: string): RknnInspection {
  const { trailer, payload, containerVersion } = file;
  const preprocessing = runtimePreprocessing(trailer);
  const words = (tensors: readonly { readonly dtype: RknnDtype }[] | undefined) =>
    countBy((tensors ?? []).map(({ dtype }) => storageWord(storageFromRknn(dtype, origin))));
  const facts: Omit<RknnInspection, 'remarks'> = {
    kind: 'rknn',
    file: origin,
    bytes,
    containerVersion,
    forVirtualBoard: trailer['hil_virtual'] !== undefined,
    name: trailer.name,
    toolkit: trailer.version,
    graphLibrary: trailer.ovxlib_version,
    targetPlatforms: trailer.target_platform ?? [],
    networkPlatform: trailer.ori_network_platform ?? trailer.network_platform,
    precompiled: trailer.pre_compile === 1,
    compiled: readNbgHeader(payload),
    optimizationLevel: trailer.optimization_level,
    customOperators: (file.customOperators?.list ?? []).map(nameOf),
    format: precisionClass(trailer, origin),
    inputs: tensorAttributes(trailer, 'input', origin).map((tensor, i) => ({
      ...tensor,
      mean: preprocessing[i]?.mean ?? [],
      std: preprocessing[i]?.std ?? [],
      reorder: preprocessing[i]?.reorder ?? [],
    })),
    outputs: tensorAttributes(trailer, 'output', origin),
    softmaxOutputs: softmaxOutputs(trailer),
    innerTensors: words(trailer.virtual_tensor),
    constants: words(trailer.const_tensor),
    layers: countBy((trailer.nodes ?? []).map(({ op }) => op.replace('VSI_NN_OP_', ''))),
    payloadBytes: payload.byteLength,
  };
  return { ...facts, remarks: remarksOn(facts, trailer, biasMismatches(trailer, origin)) };
}

const nameOf = (entry: unknown): string =>
  entry !== null && typeof entry === 'object' && 'name' in entry && typeof entry.name === 'string'
    ? entry.name
    : 'without a name';

function softmaxOutputs({ graph, connection, nodes }: RknnTrailer): (boolean | undefined)[] {
  return graph
    .filter(({ left }) => left === 'output')
    .toSorted((a, b) => a.left_tensor_id - b.left_tensor_id)
    .map(({ right_tensor_id }) => {
      const maker = connection?.find(
        ({ left, right_tensor }) =>
          left === 'output' &&
          right_tensor?.type === 'norm_tensor' &&
          right_tensor.tensor_id === right_tensor_id,
      );
      const op = maker && nodes?.[maker.node_id]?.op;
      return op === undefined || op === 'VSI_NN_OP_NBG' ? undefined : op === 'VSI_NN_OP_SOFTMAX';
    });
}
