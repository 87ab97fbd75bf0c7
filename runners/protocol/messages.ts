import { z } from 'zod';
import { MessageError } from './protocol-error.ts';
import type { Frame } from './frame.ts';
import { isPlainInferred } from './plain-inferred.ts';

// The heads of all frames. docs/protocol.md is the specification; receivers ignore fields that they do not know.

/** Versions of the session protocol that this harness speaks. */
export const protocolVersions = { min: 1, max: 1 } as const;

const uint = z.number().int().nonnegative();
const id = uint.max(0xffff_ffff);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const versionRange = z.object({ min: uint, max: uint });

/** A part of the frame's payload, in bytes. */
const sliceFields = { offset: uint, length: uint };
export type PayloadSlice = { readonly offset: number; readonly length: number };

/** `rknn_tensor_attr`, under the vendor's names; `dims` has the fastest dimension first, as there. */
const vendorAttribute = z.object({
  index: uint,
  name: z.string(),
  dims: z.array(uint).max(16),
  n_elems: uint,
  size: uint,
  fmt: uint,
  type: uint,
  qnt_type: uint,
  fl: z.number().int(),
  zp: z.number().int(),
  scale: z.number(),
});
export type VendorAttribute = z.infer<typeof vendorAttribute>;

/** `rknn_input`, under the vendor's names, with the place of its bytes in the payload. */
const vendorInput = z.object({
  index: uint,
  type: uint,
  fmt: uint,
  pass_through: z.boolean(),
  size: uint,
  ...sliceFields,
});
export type VendorInput = z.infer<typeof vendorInput>;

export const requestSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    id,
    versions: versionRange,
    silenceSeconds: z.number().int().min(1).max(3600),
    limits: z.object({ headBytes: uint, payloadBytes: uint }),
  }),
  z.object({
    type: z.literal('load'),
    id,
    path: z.string().min(1),
    sha256,
    /** For `perfDetail` in the answers; every run is slower. */
    collect_perf: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('infer'),
    id,
    model: id,
    inputs: z.array(vendorInput),
    repeats: uint.min(1).max(100_000),
    /** The runtime makes float32 of all outputs. */
    want_float: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('layers'),
    id,
    model: id,
    inputs: z.array(vendorInput),
    /** Hashes of layers that the host holds. */
    known: z.array(z.string()).optional(),
  }),
  z.object({ type: z.literal('unload'), id, model: id }),
  z.object({ type: z.literal('ping'), id }),
  z.object({ type: z.literal('bye'), id }),
]);
export type Request = z.infer<typeof requestSchema>;

export const errorCodes = [
  'frame',
  'request',
  'version',
  'limit',
  'library',
  'file',
  'hash',
  'model',
  'vendor',
  'internal',
] as const;
export type RunnerErrorCode = (typeof errorCodes)[number];

/** What a runner can do beyond the first runners of this version: the names of fields that it knows. */
const features = z.array(z.string()).optional();

const helloReply = z.object({
  type: z.literal('hello'),
  id,
  version: uint,
  runner: z.object({ name: z.string(), version: z.string(), build: z.string() }),
  limits: z.object({ headBytes: uint, payloadBytes: uint, models: uint }),
  features,
  silenceSeconds: uint,
  api: z.string(),
  driver: z.string(),
  pid: uint,
  pgid: uint,
  simulated: z.boolean(),
  board: z.object({ bootId: z.string(), kernel: z.string(), chip: z.string() }),
});
export type HelloReply = z.infer<typeof helloReply>;

const errorReply = z.object({
  type: z.literal('error'),
  id,
  code: z.enum(errorCodes),
  message: z.string(),
  vendor: z.object({ call: z.string(), status: z.number().int() }).optional(),
  versions: versionRange.optional(),
  usable: z.boolean(),
});
export type ErrorReply = z.infer<typeof errorReply>;

/** What a runner says. */
export const replySchema = z.discriminatedUnion('type', [
  helloReply,
  z.object({
    type: z.literal('loaded'),
    id,
    model: id,
    inputs: z.array(vendorAttribute),
    outputs: z.array(vendorAttribute),
    loadTimeUs: uint,
  }),
  z.object({
    type: z.literal('inferred'),
    id,
    outputs: z.array(z.object({ index: uint, ...sliceFields })),
    runs: z.array(
      z.object({
        npuTimeUs: uint,
        crc32: uint.max(0xffff_ffff),
        /** `hang`: the run has the signature of an NPU that hung. */
        suspect: z.string().optional(),
      }),
    ),
    perfDetail: z.string().optional(),
  }),
  z.object({
    type: z.literal('layer'),
    id,
    name: z.string(),
    dtype: z.string(),
    shape: z.array(uint),
    ...sliceFields,
    /** Of the elements' bytes. */
    sha256: z.string().optional(),
    /** True: the host holds the elements, so that they are not in the payload. */
    same: z.boolean().optional(),
  }),
  z.object({ type: z.literal('layers-end'), id, count: uint }),
  z.object({ type: z.literal('unloaded'), id }),
  z.object({ type: z.literal('pong'), id }),
  z.object({ type: z.literal('bye'), id }),
  z.object({ type: z.literal('log'), text: z.string() }),
  errorReply,
]);
export type Reply = z.infer<typeof replySchema>;

/** A request or an answer with the bytes that came in the same frame. */
export interface Message<T> {
  readonly head: T;
  readonly payload: Uint8Array;
}

/** @throws {MessageError} If the head is no request, naming the field. */
export const parseRequest = (frame: Frame): Message<Request> => parseMessage(requestSchema, frame);

/** @throws {MessageError} If the head is no answer or event of a runner, naming the field. */
export const parseReply = (frame: Frame): Message<Reply> =>
  isPlainInferred(frame.head)
    ? { head: frame.head as Reply, payload: frame.payload }
    : parseMessage(replySchema, frame);

function parseMessage<T>(schema: z.ZodType<T>, { head, payload }: Frame): Message<T> {
  const result = schema.safeParse(head);
  if (result.success) return { head: result.data, payload };
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') || 'type';
  const type = typeof head['type'] === 'string' ? `"${head['type']}"` : 'without type';
  throw new MessageError(`message ${type}: ${field}: ${issue?.message ?? 'invalid'}`, result.error);
}
