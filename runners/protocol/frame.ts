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

/** Who wrote a frame: it decides what the checksum covers. */
export type FrameSender = 'host' | 'runner';

// A frame starts with a chunk of this size, which is what one SSH packet takes; what is left is not copied.
const firstChunkBytes = 32 * 1024;

/**
 * The bytes of a frame, as few chunks that are to be written in order. What does not fit into the first chunk is shared
 * with the payload, so it must not change until it is written.
 */
export function encodeFrame(
  sender: FrameSender,
  head: object,
  payload: readonly Uint8Array[] = [],
): Uint8Array[] {
  const headBytes = Buffer.from(JSON.stringify(head), 'utf8');
  let payloadBytes = 0;
  for (const part of payload) payloadBytes += part.length;
  const bodyStart = frameHeaderBytes + headBytes.length;

  const first = Buffer.allocUnsafe(Math.min(bodyStart + payloadBytes, Math.max(bodyStart, firstChunkBytes)));
  first.set(frameMagic, 0);
  first.writeUInt32LE(headBytes.length, 4);
  first.writeUInt32LE(payloadBytes, 8);
  first.set(headBytes, frameHeaderBytes);
  first.writeUInt32LE(frameChecksum(sender, first.subarray(4, 12), headBytes, payload), 12);

  const chunks: Uint8Array[] = [first];
  let filled = bodyStart;
  for (const part of payload) {
    const fitting = part.subarray(0, first.length - filled);
    first.set(fitting, filled);
    filled += fitting.length;
    if (fitting.length < part.length) chunks.push(part.subarray(fitting.length));
  }
  return chunks;
}

/**
 * CRC-32 (IEEE 802.3, as zlib) of both lengths and the head; in frames of the runner also of the payload, since only
 * there can a stray write of the vendor's library get in between.
 */
export function frameChecksum(
  sender: FrameSender,
  lengths: Uint8Array,
  head: Uint8Array,
  payload: readonly Uint8Array[],
): number {
  let sum = crc32(head, crc32(lengths));
  if (sender === 'runner') for (const part of payload) sum = crc32(part, sum);
  return sum;
}
