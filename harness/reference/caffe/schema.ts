import { create, createFileRegistry, type DescMessage } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

// What is read of a binary caffemodel, as a table: field name -> [number, type]. A blob stays bytes, because the library
// would make a JavaScript number of every weight; blob.ts reads it without.
// Source: caffe.proto of BVLC/caffe.

type ScalarName = 'string' | 'bytes';
type FieldTable = Readonly<Record<string, readonly [number, `${string}${'' | '[]'}`]>>;

const messages: Readonly<Record<string, FieldTable>> = {
  NetParameter: {
    name: [1, 'string'],
    layers: [2, 'V1LayerParameter[]'],
    layer: [100, 'LayerParameter[]'],
  },
  LayerParameter: { name: [1, 'string'], type: [2, 'string'], blobs: [7, 'bytes[]'] },
  V1LayerParameter: {
    /** Of the oldest generation; only to know it. */
    layer: [1, 'bytes'],
    name: [4, 'string'],
    blobs: [6, 'bytes[]'],
  },
};

const scalarTypes: Readonly<Record<ScalarName, Type>> = {
  string: Type.STRING,
  bytes: Type.BYTES,
};

function describeField(name: string, [number, notation]: readonly [number, string]) {
  const repeated = notation.endsWith('[]');
  const typeName = repeated ? notation.slice(0, -2) : notation;
  const scalar = Object.hasOwn(scalarTypes, typeName) ? scalarTypes[typeName as ScalarName] : undefined;
  return {
    name,
    number,
    label: repeated ? Label.REPEATED : Label.OPTIONAL,
    ...(scalar === undefined ? { type: Type.MESSAGE, typeName: `.caffe.${typeName}` } : { type: scalar }),
  };
}

const registry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'caffe.proto',
    package: 'caffe',
    syntax: 'proto2',
    messageType: Object.entries(messages).map(([name, fields]) => ({
      name,
      field: Object.entries(fields).map(([fieldName, field]) => describeField(fieldName, field)),
    })),
  }),
  () => undefined,
);

export const netDescriptor: DescMessage = registry.getMessage('caffe.NetParameter')!;
