import { toBinary } from '@bufbuild/protobuf';
import type { OnnxModel, OnnxTensor } from './model.ts';
import { messageDescriptor } from './schema.ts';

// Numbers of length-delimited fields in onnx.proto.
const graphOfModel = 7;
const initializerOfGraph = 5;
const rawDataOfTensor = 9;

/**
 * The same model as `writeOnnx` gives, with the weights behind everything else in the graph. They are copied once, into
 * a buffer of the right size, where the library's writer grows its buffer again and again: with 50 MB of weights that
 * takes longer than the network. For an engine, not for files, whose bytes should not depend on who wrote them.
 */
export function writeForEngine(model: OnnxModel): Uint8Array {
  const { graph } = model;
  const around = toBinary(messageDescriptor('ModelProto'), { ...model, graph: undefined } as never);
  const body = toBinary(messageDescriptor('GraphProto'), { ...graph, initializer: [] } as never);
  const constants = graph.initializer.map(partsOf);
  const graphBytes =
    body.length +
    constants.reduce((sum, { length }) => sum + field(initializerOfGraph, length).length + length, 0);
  const head = field(graphOfModel, graphBytes);
  // Every byte is written below, so none need be zeroed first.
  const bytes = Buffer.allocUnsafeSlow(around.length + head.length + graphBytes);
  let at = 0;
  const append = (part: Uint8Array) => {
    bytes.set(part, at);
    at += part.length;
  };
  append(around);
  append(head);
  append(body);
  for (const { length, parts } of constants) {
    append(field(initializerOfGraph, length));
    for (const part of parts) append(part);
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A tensor's message in pieces: its description, and its elements where they are. */
function partsOf(constant: OnnxTensor): { readonly length: number; readonly parts: readonly Uint8Array[] } {
  const { rawData } = constant;
  const without = { ...constant, rawData: new Uint8Array() };
  const described = toBinary(messageDescriptor('TensorProto'), without as never);
  const parts =
    rawData === undefined || rawData.length === 0
      ? [described]
      : [described, field(rawDataOfTensor, rawData.length), rawData];
  return { length: parts.reduce((sum, { length }) => sum + length, 0), parts };
}

/** Tag and length of a length-delimited field. */
function field(number: number, length: number): Uint8Array {
  const bytes = [(number << 3) | 2];
  let rest = length;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
