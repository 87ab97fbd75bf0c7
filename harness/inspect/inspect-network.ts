import { readPrototxt } from '../reference/caffe/caffe-net.ts';
import { readCaffemodel } from '../reference/caffe/caffemodel.ts';
import { dtypeFromOnnx, type OnnxValueInfo, readOnnx } from '../reference/onnx/model.ts';
import { countBy, type NetworkInspection, type NetworkValue, type Remark } from './inspection.ts';

const nothing = {
  producer: undefined,
  operatorSets: {},
  inputs: [],
  outputs: [],
  parameters: undefined,
  preprocessing: [],
  remarks: [],
};

/** @throws {OnnxFormatError | GitLfsPointerError} */
export function inspectOnnx(bytes: Uint8Array, origin: string): NetworkInspection {
  const { graph, producerName, producerVersion, opsetImport, metadataProps } = readOnnx(bytes, origin);
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !constants.has(name)).map(valueOf);
  return {
    kind: 'onnx',
    file: origin,
    bytes: bytes.byteLength,
    name: graph.name || undefined,
    producer: [producerName, producerVersion].filter(Boolean).join(' ') || undefined,
    operatorSets: Object.fromEntries(opsetImport.map(({ domain, version }) => [domain, Number(version)])),
    inputs,
    outputs: graph.output.map(valueOf),
    layers: countBy(graph.node.map(({ opType, domain }) => (domain === '' ? opType : `${domain}.${opType}`))),
    parameters: graph.initializer.reduce(
      (sum, { dims }) => sum + dims.reduce((product, extent) => product * Number(extent), 1),
      0,
    ),
    preprocessing: metadataProps
      .map(({ key, value }) => `${key}: ${value}`)
      .filter((line) => /mean|std|scale|bgr|rgb|pixel|normal|image\./i.test(line)),
    remarks: freeExtents(inputs),
  };
}

function valueOf({ name, type }: OnnxValueInfo): NetworkValue {
  const tensor = type?.tensorType;
  return {
    name,
    dtype: tensor && dtypeFromOnnx(tensor.elemType),
    shape: tensor?.shape?.dim.map(({ dimValue, dimParam }) => dimParam || Number(dimValue)),
  };
}

function freeExtents(inputs: readonly NetworkValue[]): Remark[] {
  return inputs.flatMap(({ name, shape }) => {
    const free = shape?.filter((extent) => typeof extent === 'string' || extent < 1) ?? [];
    return free.length === 0
      ? []
      : [
          {
            level: 'note' as const,
            rule: 'free-extent',
            sentence: `input ${name} has free extents (${free.join(', ')}); a board's model has fixed ones`,
            advice: 'Give the converter a fixed input size, with batch 1 for the same numbers as here.',
          },
        ];
  });
}

/** @throws {CaffeFormatError | CaffeLayerError | GitLfsPointerError} */
export function inspectPrototxt(bytes: Uint8Array, origin: string): NetworkInspection {
  const { name, inputs, layers } = readPrototxt(bytes, origin);
  const read = new Set(
    layers.flatMap(({ bottoms, tops }) => bottoms.filter((bottom) => !tops.includes(bottom))),
  );
  const made = new Set(layers.flatMap(({ tops }) => tops));
  return {
    ...nothing,
    kind: 'prototxt',
    file: origin,
    bytes: bytes.byteLength,
    name: name || undefined,
    inputs: inputs.map((input) => ({ name: input.name, dtype: 'float32', shape: input.shape })),
    outputs: [...made]
      .filter((top) => !read.has(top))
      .map((top) => ({ name: top, dtype: 'float32', shape: undefined })),
    layers: countBy(layers.map(({ type }) => type)),
    remarks: [
      {
        level: 'note',
        rule: 'caffe-order',
        sentence:
          'Caffe networks are mostly trained on BGR, and a file for deployment declares no preprocessing',
        advice:
          'Take mean, std and channel order from the training. Without reorder_channel the converter swaps the channels of a Caffe network with three of them (2 1 0).',
      },
    ],
  };
}

/** @throws {CaffeFormatError | GitLfsPointerError} */
export function inspectCaffemodel(bytes: Uint8Array, origin: string): NetworkInspection {
  const { blobs } = readCaffemodel(bytes, origin);
  return {
    ...nothing,
    kind: 'caffemodel',
    file: origin,
    bytes: bytes.byteLength,
    name: undefined,
    layers: { 'with weights': blobs.size },
    parameters: [...blobs.values()].flat().reduce((sum, { values }) => sum + values.length, 0),
  };
}
