import { BinaryReader } from '@bufbuild/protobuf/wire';

/** Field numbers of the ONNX messages on the way to an initialiser's bytes. */
const modelGraph = 7;
const graphInitializer = 5;
const tensorName = 8;
const tensorRawData = 9;

/** Where an initialiser's elements lie in an ONNX file. */
export interface ByteRange {
  readonly offset: number;
  readonly len: number;
}

/** Finds the raw elements of every initialiser of an ONNX file of our own making; those without any are left out. */
export function locateInitializers(onnx: Uint8Array): Map<string, ByteRange> {
  const ranges = new Map<string, ByteRange>();
  for (const graph of fields(onnx, modelGraph)) {
    for (const constant of fields(graph, graphInitializer)) {
      const [name] = fields(constant, tensorName);
      const [raw] = fields(constant, tensorRawData);
      if (!name || !raw) continue;
      ranges.set(new TextDecoder().decode(name), {
        offset: raw.byteOffset - onnx.byteOffset,
        len: raw.byteLength,
      });
    }
  }
  return ranges;
}

/** Contents of a length-delimited field, as views. */
function fields(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) found.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return found;
}
