import { crc32 } from 'node:zlib';

// One frame: 16 bytes of header, the head (JSON, UTF-8), the payload. docs/protocol.md is the specification.

export const frameMagic = Uint8Array.from([0x48, 0x49, 0x4c, 0x46]); // "HILF"
export const frameHeaderBytes = 16;

/** Largest frame that an end accepts, in bytes. */
export interface FrameLimits {
  readonly headBytes: number;
  readonly payloadBytes: number;
}

/** What this end accepts. A head carries names and numbers only; a payload carries the tensors of one call. */
export const ourLimits: FrameLimits = { headBytes: 1024 * 1024, payloadBytes: 256 * 1024 * 1024 };

/** A frame as it was read: the head is JSON that nobody has checked yet. */
export interface Frame {
  readonly head: Readonly<Record<string, unknown>>;
  readonly payload: Uint8Array;
}

// Below this size one copy is cheaper than a second packet on the wire.
const joinBelowBytes = 32 * 1024;

/**
 * The bytes of a frame, as few chunks that are to be written in order. Large payload parts are shared, not copied, so
 * they must not change until they are written.
 */
export function encodeFrame(head: object, payload: readonly Uint8Array[] = []): Uint8Array[] {
  const headBytes = Buffer.from(JSON.stringify(head), 'utf8');
  const start = Buffer.allocUnsafe(frameHeaderBytes + headBytes.length);
  let payloadBytes = 0;
  for (const part of payload) payloadBytes += part.length;

  start.set(frameMagic, 0);
  start.writeUInt32LE(headBytes.length, 4);
  start.writeUInt32LE(payloadBytes, 8);
  start.set(headBytes, frameHeaderBytes);
  start.writeUInt32LE(frameChecksum(start.subarray(4, 12), [headBytes, ...payload]), 12);

  if (payloadBytes === 0) return [start];
  if (start.length + payloadBytes <= joinBelowBytes) return [Buffer.concat([start, ...payload])];
  return [start, ...payload];
}

/** CRC-32 (IEEE 802.3, as zlib) of both lengths, the head and the payload, in this order. */
export function frameChecksum(lengths: Uint8Array, parts: readonly Uint8Array[]): number {
  let sum = crc32(lengths);
  for (const part of parts) sum = crc32(part, sum);
  return sum;
}
