import { create, createFileRegistry, type DescMessage } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

// The messages of ONNX that the harness reads or writes, as a table: field name -> [number, type]. `[]` marks a
// repeated field, `[packed]` one that ONNX packs. Fields that are not listed are kept as they are when a model is
// written again (the library preserves unknown fields), so nothing is lost.
// Source: the ONNX IR specification, https://github.com/onnx/onnx/blob/main/docs/IR.md

type FieldTable = Readonly<Record<string, readonly [number, string]>>;

const messages: Readonly<Record<string, FieldTable>> = {
  ModelProto: {
    ir_version: [1, 'int64'],
    producer_name: [2, 'string'],
    producer_version: [3, 'string'],
    domain: [4, 'string'],
    model_version: [5, 'int64'],
    doc_string: [6, 'string'],
    graph: [7, 'GraphProto'],
    opset_import: [8, 'OperatorSetIdProto[]'],
    metadata_props: [14, 'StringStringEntryProto[]'],
  },
  OperatorSetIdProto: { domain: [1, 'string'], version: [2, 'int64'] },
  StringStringEntryProto: { key: [1, 'string'], value: [2, 'string'] },
  GraphProto: {
    node: [1, 'NodeProto[]'],
    name: [2, 'string'],
    initializer: [5, 'TensorProto[]'],
    doc_string: [10, 'string'],
    input: [11, 'ValueInfoProto[]'],
    output: [12, 'ValueInfoProto[]'],
    value_info: [13, 'ValueInfoProto[]'],
  },
  NodeProto: {
    input: [1, 'string[]'],
    output: [2, 'string[]'],
    name: [3, 'string'],
    op_type: [4, 'string'],
    attribute: [5, 'AttributeProto[]'],
    doc_string: [6, 'string'],
    domain: [7, 'string'],
  },
  AttributeProto: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    t: [5, 'TensorProto'],
    g: [6, 'GraphProto'],
    floats: [7, 'float[]'],
    ints: [8, 'int64[]'],
    strings: [9, 'bytes[]'],
    tensors: [10, 'TensorProto[]'],
    graphs: [11, 'GraphProto[]'],
    type: [20, 'int32'],
  },
  TensorProto: {
    dims: [1, 'int64[]'],
    data_type: [2, 'int32'],
    float_data: [4, 'float[packed]'],
    int32_data: [5, 'int32[packed]'],
    int64_data: [7, 'int64[packed]'],
    name: [8, 'string'],
    raw_data: [9, 'bytes'],
    double_data: [10, 'double[packed]'],
    uint64_data: [11, 'uint64[packed]'],
    doc_string: [12, 'string'],
    external_data: [13, 'StringStringEntryProto[]'],
    data_location: [14, 'int32'],
  },
  ValueInfoProto: { name: [1, 'string'], type: [2, 'TypeProto'], doc_string: [3, 'string'] },
  TypeProto: { tensor_type: [1, 'TensorTypeProto'] },
  TensorTypeProto: { elem_type: [1, 'int32'], shape: [2, 'TensorShapeProto'] },
  TensorShapeProto: { dim: [1, 'DimensionProto[]'] },
  DimensionProto: { dim_value: [1, 'int64'], dim_param: [2, 'string'] },
};

const scalarTypes: Readonly<Record<string, Type>> = {
  string: Type.STRING,
  bytes: Type.BYTES,
  float: Type.FLOAT,
  double: Type.DOUBLE,
  int32: Type.INT32,
  int64: Type.INT64,
  uint64: Type.UINT64,
};

function describeField(name: string, [number, notation]: readonly [number, string]) {
  const [, typeName = '', repetition] = /^(\w+)(\[\]|\[packed\])?$/.exec(notation) ?? [];
  const scalar = scalarTypes[typeName];
  return {
    name,
    number,
    label: repetition === undefined ? Label.OPTIONAL : Label.REPEATED,
    ...(scalar === undefined ? { type: Type.MESSAGE, typeName: `.onnx.${typeName}` } : { type: scalar }),
    ...(repetition === undefined || scalar === undefined
      ? {}
      : { options: { packed: repetition === '[packed]' } }),
  };
}

const registry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'onnx.proto',
    package: 'onnx',
    syntax: 'proto2',
    messageType: Object.entries(messages).map(([name, fields]) => ({
      name,
      field: Object.entries(fields).map(([fieldName, field]) => describeField(fieldName, field)),
    })),
  }),
  () => undefined,
);

export const modelDescriptor: DescMessage = registry.getMessage('onnx.ModelProto')!;
export const messageDescriptor = (name: keyof typeof messages): DescMessage =>
  registry.getMessage(`onnx.${name}`)!;
