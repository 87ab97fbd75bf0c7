import type { BoardOutput } from '../../../harness/board/session.ts';
import type { TensorAttribute } from '../../../harness/board/tensor-attribute.ts';
import { bytesOf } from '../../../harness/tensor/dtype.ts';
import { attributeToVendor } from '../../protocol/vendor-tensor.ts';
import {
  actionKinds,
  aligned,
  answerBit,
  attributeBytes,
  headerBytes,
  maxDims,
  maxTextBytes,
  type RequestKind,
  requestKinds,
  versionTextBytes,
  watchKind,
  wireMagic,
} from './wire.ts';

/** What the library does inside the vendor call, after it has printed and before it returns. */
export interface Action {
  readonly kind: keyof typeof actionKinds;
  /** Number of a signal, how often something is printed (0: without end), or how many bytes are taken. */
  readonly number: number;
  readonly everyMs: number;
  readonly text: string;
}

export const noAction: Action = { kind: 'none', number: 0, everyMs: 0, text: '' };

export interface Answer {
  readonly kind: RequestKind;
  /** What the vendor call returns. */
  readonly status: number;
  /** Calls that the library has to announce, a bit for each. */
  readonly watched: number;
  readonly action: Action;
  /** What the vendor call prints. */
  readonly print: string;
  /** As the kind says; nothing with a status below 0. Parts are shared until they are written. */
  readonly payload: readonly Uint8Array[];
}

const answerHeadBytes = 32;

/** The chunks of an answer, to be written in order. */
export function encodeAnswer({ kind, status, watched, action, print, payload }: Answer): Uint8Array[] {
  const printed = textBytes(print);
  const actionText = textBytes(action.text);
  const payloadStart = aligned(answerHeadBytes + printed.length + actionText.length);
  const payloadBytes = payload.reduce((sum, part) => sum + part.length, 0);

  const head = frameOf(answerBit | requestKinds[kind], payloadStart, payloadBytes);
  head.writeInt32LE(status, headerBytes);
  head.writeUInt32LE(watched, headerBytes + 4);
  head.writeUInt32LE(actionKinds[action.kind], headerBytes + 8);
  head.writeUInt32LE(action.number, headerBytes + 12);
  head.writeUInt32LE(action.everyMs, headerBytes + 16);
  head.writeUInt32LE(actionText.length, headerBytes + 20);
  head.writeUInt32LE(printed.length, headerBytes + 24);
  head.set(printed, headerBytes + answerHeadBytes);
  head.set(actionText, headerBytes + answerHeadBytes + printed.length);
  return [head, ...payload];
}

/** Tells a library, unasked, which calls it has to announce. */
export function encodeWatch(watched: number): Uint8Array {
  const frame = frameOf(watchKind, 8, 0);
  frame.writeUInt32LE(watched, headerBytes);
  return frame;
}

/** A zeroed frame without the payload that follows it. */
function frameOf(kind: number, bodyBytes: number, payloadBytes: number): Buffer {
  const frame = Buffer.alloc(headerBytes + bodyBytes);
  frame.set(wireMagic, 0);
  frame.writeUInt32LE(kind, 4);
  frame.writeUInt32LE(bodyBytes + payloadBytes, 8);
  return frame;
}

const textBytes = (text: string): Uint8Array => Buffer.from(text, 'utf8').subarray(0, maxTextBytes);

/** What `rknn_query` answers as versions: `rknn_sdk_version`. */
export function versionPayload(api: string, driver: string): Uint8Array {
  const bytes = Buffer.alloc(2 * versionTextBytes);
  bytes.set(nameBytes(api), 0);
  bytes.set(nameBytes(driver), versionTextBytes);
  return bytes;
}

/** Versions, then how many inputs and outputs, then a `rknn_tensor_attr` for each. */
export function modelPayload(
  versions: Uint8Array,
  inputs: readonly TensorAttribute[],
  outputs: readonly TensorAttribute[],
): Uint8Array[] {
  const counts = Buffer.alloc(8);
  counts.writeUInt32LE(inputs.length, 0);
  counts.writeUInt32LE(outputs.length, 4);
  return [versions, counts, ...inputs.map(attributeStruct), ...outputs.map(attributeStruct)];
}

/** `rknn_tensor_attr` in the vendor's layout. As in the vendor's runtime, `fl` and `zp` share their storage. */
function attributeStruct(attribute: TensorAttribute): Uint8Array {
  const { index, name, n_elems, size, fmt, type, qnt_type, fl, zp, scale, ...rest } =
    attributeToVendor(attribute);
  const dims = rest.dims.slice(0, maxDims);
  const struct = Buffer.alloc(attributeBytes);
  struct.writeUInt32LE(index, 0);
  struct.writeUInt32LE(dims.length, 4);
  dims.forEach((extent, i) => struct.writeUInt32LE(extent, 8 + 4 * i));
  struct.set(nameBytes(name), 72);
  struct.writeUInt32LE(n_elems, 328);
  struct.writeUInt32LE(size, 332);
  struct.writeUInt32LE(fmt, 336);
  struct.writeUInt32LE(type, 340);
  struct.writeUInt32LE(qnt_type, 344);
  const stored = zp === 0 ? fl & 0xff : zp;
  struct.writeUInt8(stored & 0xff, 348);
  struct.writeUInt32LE(stored, 352);
  struct.writeFloatLE(scale, 356);
  return struct;
}

const nameBytes = (text: string): Uint8Array => Buffer.from(text, 'utf8').subarray(0, versionTextBytes - 1);

/** A file that a run leaves in the program's current folder. */
export interface DumpFile {
  readonly name: string;
  /** Text as it is, or values that are written as lines with six decimals. */
  readonly content: Uint8Array | Float32Array;
}

/** Time of the NPU, outputs, files; everything at multiples of 8. */
export function runPayload(
  npuTimeUs: number,
  outputs: readonly Uint8Array[],
  files: readonly DumpFile[],
): Uint8Array[] {
  const head = Buffer.alloc(aligned(16 + 4 * outputs.length));
  head.writeBigUInt64LE(BigInt(Math.max(0, Math.round(npuTimeUs))), 0);
  head.writeUInt32LE(outputs.length, 8);
  head.writeUInt32LE(files.length, 12);
  outputs.forEach(({ length }, i) => head.writeUInt32LE(length, 16 + 4 * i));
  return [head, ...outputs.flatMap(padded), ...files.flatMap(fileParts)];
}

function fileParts({ name, content }: DumpFile): Uint8Array[] {
  const nameText = Buffer.from(name, 'utf8');
  const isText = content instanceof Uint8Array;
  const bytes = isText ? content : bytesOf(content);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(nameText.length, 0);
  head.writeUInt32LE(isText ? 1 : 0, 4);
  head.writeUInt32LE(bytes.length, 8);
  return [head, ...padded(nameText), ...padded(bytes)];
}

function padded(bytes: Uint8Array): Uint8Array[] {
  const gap = aligned(bytes.length) - bytes.length;
  return gap === 0 ? [bytes] : [bytes, new Uint8Array(gap)];
}

/** The raw bytes of every output. */
export const outputBytes = (outputs: readonly BoardOutput[]): Uint8Array[] =>
  outputs.map(({ tensor }) => bytesOf(tensor.data));
