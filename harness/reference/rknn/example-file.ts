import { bytesOf } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { TensorStorage } from '../npu-format/tensor-storage.ts';
import { writeRknn, type RknnFile } from '../rknn-file/rknn-file.ts';
import { storageToRknn } from '../rknn-file/tensor-attributes.ts';
import type { RknnTrailer } from '../rknn-file/trailer.ts';

// Small files in the vendor's layout, for tests.

export interface ExampleConstant {
  readonly codes: Tensor;
  readonly storage: TensorStorage;
}

export interface ExampleRknnNode {
  readonly name: string;
  /** With the vendor's prefix or without. */
  readonly op: string;
  readonly nn?: unknown;
  /** A name stands for the network's input or for the first output of a node; `name:1` for another output. */
  readonly inputs: readonly (string | ExampleConstant | undefined)[];
  /** Formats of its outputs. */
  readonly outputs: readonly TensorStorage[];
}

export interface ExampleRknn {
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly storage: TensorStorage;
  }[];
  readonly nodes: readonly ExampleRknnNode[];
  /** Outputs of the network by name, with their shapes in NumPy's order. */
  readonly outputs: readonly { readonly from: string; readonly shape: readonly number[] }[];
  /** Further keys of the description. */
  readonly trailer?: Partial<RknnTrailer>;
}

export const u8 = (scale: number, zp: number): TensorStorage => ({
  dtype: 'uint8',
  quantisation: { kind: 'affine', scale, zp },
});
export const i8 = (fl: number): TensorStorage => ({ dtype: 'int8', quantisation: { kind: 'dfp', fl } });
export const i16 = (fl: number): TensorStorage => ({ dtype: 'int16', quantisation: { kind: 'dfp', fl } });
export const i32 = (scale: number): TensorStorage => ({
  dtype: 'int32',
  quantisation: { kind: 'affine', scale, zp: 0 },
});

/** A whole .rknn file with these nodes, outputs before inputs as toolkits list them. */
export function exampleRknn(example: ExampleRknn): Uint8Array {
  return writeRknn(exampleRknnFile(example));
}

export function exampleRknnFile({
  inputs,
  nodes,
  outputs,
  trailer,
}: ExampleRknn): Omit<RknnFile, 'containerVersion'> {
  const payload: Uint8Array[] = [];
  const constants: NonNullable<RknnTrailer['const_tensor']> = [];
  const normOf = new Map(
    [...outputs.map(({ from }) => from), ...inputs.map(({ name }) => name)].map((name, id) => [name, id]),
  );
  const nodeOf = new Map(nodes.map(({ name }, id) => [name, id]));
  const portOf = (name: string): [string, number] => {
    const [node = name, port = '0'] = name.split(':');
    return [node, Number(port)];
  };
  const storageOf = (from: string) => {
    const [name, port] = portOf(from);
    return nodes[nodeOf.get(name)!]!.outputs[port]!;
  };
  const addConstant = ({ codes, storage }: ExampleConstant) => {
    const bytes = bytesOf(codes.data);
    const offset = payload.reduce((sum, part) => sum + part.length, 0);
    payload.push(bytes);
    const id = constants.length;
    constants.push({
      tensor_id: id,
      ...sizeOf(codes.shape),
      dtype: storageToRknn(storage),
      offset,
      len: bytes.length,
    });
    return id;
  };
  const connection: NonNullable<RknnTrailer['connection']> = [];
  const virtual: NonNullable<RknnTrailer['virtual_tensor']> = [];
  for (const [id, node] of nodes.entries()) {
    for (const [port, input] of node.inputs.entries()) {
      if (input === undefined) continue;
      const edge = { node_id: id, left: 'input', left_tensor_id: port } as const;
      if (typeof input !== 'string') {
        const right_tensor = { type: 'const_tensor', tensor_id: addConstant(input) } as const;
        connection.push({ ...edge, right_tensor });
      } else if (inputs.some(({ name }) => name === input)) {
        connection.push({ ...edge, right_tensor: { type: 'norm_tensor', tensor_id: normOf.get(input)! } });
      } else {
        const [name, output] = portOf(input);
        connection.push({ ...edge, right_node: { node_id: nodeOf.get(name)!, tensor_id: output } });
      }
    }
    for (const [port, storage] of node.outputs.entries()) {
      const norm = outputs.findIndex(
        ({ from }) => from === (port === 0 ? node.name : `${node.name}:${port}`),
      );
      if (norm < 0) virtual.push({ node_id: id, output_port: port, dtype: storageToRknn(storage) });
      else {
        const right_tensor = { type: 'norm_tensor', tensor_id: norm } as const;
        connection.push({ node_id: id, left: 'output', left_tensor_id: port, right_tensor });
      }
    }
  }
  const normTensor = [
    ...outputs.map(({ from, shape }) => ({ shape, storage: storageOf(from), url: `${from}/out0` })),
    ...inputs.map(({ name, shape, storage }) => ({ shape, storage, url: name })),
  ].map(({ shape, storage, url }, id) => ({
    tensor_id: id,
    ...sizeOf(shape),
    dtype: storageToRknn(storage),
    url,
  }));
  const edgeOf = (side: 'input' | 'output', index: number, id: number) =>
    ({ left: side, left_tensor_id: index, right: 'norm_tensor', right_tensor_id: id }) as const;
  const description: RknnTrailer = {
    input_fmt: 0,
    input_transpose: 1,
    output_fmt: 0,
    name: 'example',
    version: '1.7.1',
    optimization_level: 3,
    mean_value: [0, 0, 0],
    mean_value_chns: [3],
    std_value: [1, 1, 1],
    reorder: [0, 1, 2],
    pre_compile: 0,
    nodes: nodes.map(({ name, op, nn, inputs: from, outputs: to }, id) => ({
      lid: name,
      name,
      op: op.startsWith('VSI_NN_OP_') ? op : `VSI_NN_OP_${op}`,
      uid: nodes.length - id,
      input_num: from.length,
      output_num: to.length,
      ...(nn === undefined ? {} : { nn }),
    })),
    norm_tensor: normTensor,
    const_tensor: constants,
    virtual_tensor: virtual,
    connection,
    graph: [
      ...outputs.map((_, i) => edgeOf('output', i, i)),
      ...inputs.map((_, i) => edgeOf('input', i, outputs.length + i)),
    ],
    ...trailer,
  };
  return { payload: new Uint8Array(Buffer.concat(payload)), trailer: description };
}

function sizeOf(shape: readonly number[]): { size: number[]; dim_num: number } {
  return { size: shape.toReversed(), dim_num: shape.length };
}
