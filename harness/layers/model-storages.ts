import type { ModelFormat } from '../reference/npu-format/choose-storage.ts';
import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import { storageFromRknn, tensorAttributes } from '../reference/rknn-file/tensor-attributes.ts';
import type { RknnDtype, RknnTrailer } from '../reference/rknn-file/trailer.ts';
import type { DumpedLayer } from './dump/dumped-layer.ts';
import { OriginalNames } from './mapping/original-name.ts';

/** What the board's model file says about its layers. */
export interface ModelFacts {
  readonly precompiled: boolean;
  /** The format that most of it is in. */
  readonly format: ModelFormat;
  /** What the file calls the node that a dump shows. */
  nameOf(dump: DumpedLayer): string | undefined;
  /** How the outputs of nodes are stored, by the values of the reference that their names lead to. */
  storages(values: readonly { readonly name: string; readonly node: string }[]): Map<string, TensorStorage>;
  /** How the inputs are stored, in the model's order. */
  readonly inputs: readonly TensorStorage[];
}

const origin = 'the board’s model file';

/** Reads what a .rknn file's description says about layers. */
export function modelFacts(trailer: RknnTrailer): ModelFacts {
  const nodes = trailer.nodes ?? [];
  const byUid = new Map(nodes.map((node) => [node.uid, node.name]));
  const dtypes = outputDtypes(trailer);
  return {
    precompiled: trailer.pre_compile === 1,
    format: mostly([...dtypes.values(), ...trailer.norm_tensor.map(({ dtype }) => dtype)]),
    inputs: tensorAttributes(trailer, 'input', origin).map(({ dtype, quantisation }) => ({
      dtype,
      quantisation,
    })),
    nameOf: ({ uid, layerName }) => (uid === undefined ? layerName : (byUid.get(uid) ?? layerName)),
    storages(values) {
      const names = new OriginalNames(values);
      const found = new Map<string, TensorStorage>();
      for (const [id, dtype] of dtypes) {
        const value = names.find(nodes[id]?.name ?? '');
        if (value !== undefined) found.set(values[value]!.name, storageFromRknn(dtype, origin));
      }
      return found;
    },
  };
}

/** Of the first outputs, by number of their node; that of the network's outputs is told elsewhere in the file. */
function outputDtypes({ virtual_tensor, norm_tensor, connection }: RknnTrailer): Map<number, RknnDtype> {
  const tensors = new Map(norm_tensor.map(({ tensor_id, dtype }) => [tensor_id, dtype]));
  const dtypes = new Map<number, RknnDtype>();
  for (const { node_id, output_port, dtype } of virtual_tensor ?? []) {
    if (output_port === 0) dtypes.set(node_id, dtype);
  }
  for (const { node_id, left, left_tensor_id, right_tensor } of connection ?? []) {
    const dtype = right_tensor?.type === 'norm_tensor' ? tensors.get(right_tensor.tensor_id) : undefined;
    if (left === 'output' && left_tensor_id === 0 && dtype) dtypes.set(node_id, dtype);
  }
  return dtypes;
}

/** Softmax and what surrounds it stay float16 in quantised models, so one quantised tensor decides. */
function mostly(dtypes: readonly RknnDtype[]): ModelFormat {
  const counts = new Map<string, number>();
  for (const { vx_type, qnt_type } of dtypes) {
    if (qnt_type !== 'VSI_NN_QNT_TYPE_NONE') counts.set(vx_type, (counts.get(vx_type) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1]);
  switch (most?.[0]) {
    case 'VSI_NN_TYPE_UINT8':
      return 'u8';
    case 'VSI_NN_TYPE_INT8':
      return 'i8';
    case 'VSI_NN_TYPE_INT16':
      return 'i16';
    default:
      return 'fp16';
  }
}
