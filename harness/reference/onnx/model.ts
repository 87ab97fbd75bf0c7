import { create, fromBinary, toBinary, type Message } from '@bufbuild/protobuf';
import { HilError } from '../../hil-error.ts';
import { bytesOf, elementsOf, allocate, type DType } from '../../tensor/dtype.ts';
import { elementCount, tensor, type Tensor } from '../../tensor/tensor.ts';
import { refuseGitLfsPointer } from '../git-lfs-pointer.ts';
import { messageDescriptor, modelDescriptor } from './schema.ts';

/** A whole ONNX model, as mutable protobuf messages; unknown fields survive reading and writing. */
export interface OnnxModel extends Message {
  irVersion: bigint;
  producerName: string;
  producerVersion: string;
  opsetImport: OperatorSet[];
  metadataProps: OnnxStringEntry[];
  graph: OnnxGraph;
}

export interface OnnxStringEntry extends Message {
  key: string;
  value: string;
}

export interface OperatorSet extends Message {
  domain: string;
  version: bigint;
}

export interface OnnxGraph extends Message {
  name: string;
  node: OnnxNode[];
  initializer: OnnxTensor[];
  input: OnnxValueInfo[];
  output: OnnxValueInfo[];
  valueInfo: OnnxValueInfo[];
}

export interface OnnxNode extends Message {
  name: string;
  opType: string;
  domain: string;
  input: string[];
  output: string[];
  attribute: OnnxAttribute[];
}

export interface OnnxAttribute extends Message {
  name: string;
  type: number;
  f: number;
  i: bigint;
  s: Uint8Array;
  t?: OnnxTensor;
  g?: OnnxGraph;
  floats: number[];
  ints: bigint[];
  strings: Uint8Array[];
}

export interface OnnxTensor extends Message {
  name: string;
  dims: bigint[];
  dataType: number;
  rawData: Uint8Array;
  floatData: number[];
  int32Data: number[];
  int64Data: bigint[];
  doubleData: number[];
  uint64Data: bigint[];
  externalData: OnnxStringEntry[];
  /** 0: in this message; 1: in a file that `externalData` names. */
  dataLocation: number;
}

export interface OnnxValueInfo extends Message {
  name: string;
  type?: { tensorType?: { elemType: number; shape?: { dim: { dimValue: bigint; dimParam: string }[] } } };
}

/** The file is no ONNX model, or is damaged. */
export class OnnxFormatError extends HilError {
  readonly code = 'HIL_MODEL_ONNX_FORMAT';
  readonly owner = 'spec';

  constructor(origin: string, problem: string, cause?: unknown) {
    super(`${origin} is not a readable ONNX model: ${problem}`, {
      hint: 'Export the network again, or check that the whole file was copied.',
      cause,
    });
  }
}

/**
 * Decodes an ONNX file.
 *
 * @param origin - File the bytes come from, for messages.
 * @throws {OnnxFormatError} If it is empty, damaged or no ONNX at all.
 * @throws {GitLfsPointerError}
 */
export function readOnnx(bytes: Uint8Array, origin: string): OnnxModel {
  refuseGitLfsPointer(bytes, origin);
  if (bytes.length === 0) throw new OnnxFormatError(origin, 'the file is empty');
  let model: OnnxModel;
  try {
    model = fromBinary(modelDescriptor, bytes) as OnnxModel;
  } catch (cause) {
    throw new OnnxFormatError(origin, 'the protobuf encoding is damaged', cause);
  }
  if (model.graph === undefined || model.opsetImport.length === 0) {
    throw new OnnxFormatError(origin, 'it has no graph or no operator set');
  }
  return model;
}

export function writeOnnx(model: OnnxModel): Uint8Array {
  return toBinary(modelDescriptor, model);
}

/** ONNX `TensorProto.DataType` for each dtype. */
const dataTypes: { readonly [D in DType]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
};

const dtypeOfDataType = new Map(Object.entries(dataTypes).map(([dtype, code]) => [code, dtype as DType]));

/** @returns undefined for types that have no counterpart here (string, bfloat16, float8, complex). */
export function dtypeFromOnnx(dataType: number): DType | undefined {
  return dtypeOfDataType.get(dataType);
}

export function dtypeToOnnx(dtype: DType): number {
  return dataTypes[dtype];
}

/**
 * The values of an initialiser; shares its memory where it can.
 *
 * @throws {OnnxFormatError} If its type is unknown here, its data are elsewhere, or the count does not fit.
 */
export function tensorFromOnnx(proto: OnnxTensor, origin: string): Tensor {
  const dtype = dtypeFromOnnx(proto.dataType);
  if (dtype === undefined) {
    throw new OnnxFormatError(
      origin,
      `tensor ${proto.name} has element type ${proto.dataType}, which is not supported`,
    );
  }
  if (proto.dataLocation === 1) {
    throw new OnnxFormatError(origin, `tensor ${proto.name} is stored outside the file (external data)`);
  }
  const shape = proto.dims.map(Number);
  try {
    return tensor(
      dtype,
      shape,
      proto.rawData?.length > 0 ? elementsOf(dtype, proto.rawData) : typedData(proto, dtype),
    );
  } catch (cause) {
    throw new OnnxFormatError(
      origin,
      `tensor ${proto.name} does not hold the ${elementCount(shape)} elements of its shape`,
      cause,
    );
  }
}

/** The typed lists that ONNX offers beside raw_data: small integers and float16 bits travel as int32. */
function typedData(proto: OnnxTensor, dtype: DType) {
  const list: ArrayLike<number | bigint> =
    dtype === 'float32'
      ? proto.floatData
      : dtype === 'float64'
        ? proto.doubleData
        : dtype === 'int64'
          ? proto.int64Data
          : dtype === 'uint64' || dtype === 'uint32'
            ? proto.uint64Data
            : proto.int32Data;
  const data = allocate(dtype, list.length);
  const big = dtype === 'int64' || dtype === 'uint64';
  for (let i = 0; i < list.length; i++) data[i] = (big ? list[i]! : Number(list[i])) as never;
  return data;
}

export function tensorToOnnx(name: string, { dtype, shape, data }: Tensor): OnnxTensor {
  return create(messageDescriptor('TensorProto'), {
    name,
    dims: shape.map(BigInt),
    dataType: dataTypes[dtype],
    rawData: bytesOf(data),
  }) as OnnxTensor;
}

/** ONNX `AttributeProto.AttributeType`. */
const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

/** Attribute values by kind; integers are ONNX ints, so a float must say so. */
export type AttributeValue =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string }
  | { readonly tensor: Tensor };

function makeAttribute(name: string, value: AttributeValue): OnnxAttribute {
  const fields =
    'int' in value
      ? { type: attributeTypes.int, i: BigInt(value.int) }
      : 'ints' in value
        ? { type: attributeTypes.ints, ints: value.ints.map(BigInt) }
        : 'float' in value
          ? { type: attributeTypes.float, f: value.float }
          : 'floats' in value
            ? { type: attributeTypes.floats, floats: [...value.floats] }
            : 'string' in value
              ? { type: attributeTypes.string, s: new TextEncoder().encode(value.string) }
              : { type: attributeTypes.tensor, t: tensorToOnnx('', value.tensor) };
  return create(messageDescriptor('AttributeProto'), { name, ...fields }) as OnnxAttribute;
}

export function makeNode(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  { name = outputs[0] ?? '', domain = '' }: { name?: string; domain?: string } = {},
): OnnxNode {
  return create(messageDescriptor('NodeProto'), {
    opType,
    domain,
    name,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => makeAttribute(key, value)),
  }) as OnnxNode;
}

/** @param shape - Dimensions; a string is a symbol, null leaves a dimension free. */
export function makeValueInfo(
  name: string,
  dtype: DType,
  shape?: readonly (number | string | null)[],
): OnnxValueInfo {
  return create(messageDescriptor('ValueInfoProto'), {
    name,
    type: {
      tensorType: {
        elemType: dataTypes[dtype],
        ...(shape
          ? {
              shape: {
                dim: shape.map((extent) =>
                  typeof extent === 'number'
                    ? { dimValue: BigInt(extent) }
                    : extent === null
                      ? {}
                      : { dimParam: extent },
                ),
              },
            }
          : {}),
      },
    },
  }) as unknown as OnnxValueInfo;
}

/** A new model around a graph. */
export function makeModel(
  graph: {
    name: string;
    nodes: readonly OnnxNode[];
    initializers: readonly OnnxTensor[];
    inputs: readonly OnnxValueInfo[];
    outputs: readonly OnnxValueInfo[];
  },
  opsets: Readonly<Record<string, number>>,
): OnnxModel {
  return create(modelDescriptor, {
    irVersion: 8n,
    producerName: 'hil-harness',
    opsetImport: Object.entries(opsets).map(([domain, version]) => ({ domain, version: BigInt(version) })),
    graph: {
      name: graph.name,
      node: [...graph.nodes],
      initializer: [...graph.initializers],
      input: [...graph.inputs],
      output: [...graph.outputs],
    },
  }) as unknown as OnnxModel;
}

export function attributeOf(node: OnnxNode, name: string): OnnxAttribute | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}
