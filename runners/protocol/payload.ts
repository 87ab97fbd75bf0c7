import type { PayloadSlice } from './messages.ts';
import { MessageError } from './protocol-error.ts';

// Elements of every type can be read in place where a tensor starts at a multiple of this.
const alignment = 8;
const padding = new Uint8Array(alignment);

/** Lays tensors out in one payload, each at a multiple of 8 bytes. Nothing is copied. */
export function layOutPayload(tensors: readonly Uint8Array[]): {
  readonly parts: readonly Uint8Array[];
  readonly slices: readonly PayloadSlice[];
} {
  const parts: Uint8Array[] = [];
  const slices: PayloadSlice[] = [];
  let offset = 0;
  for (const tensor of tensors) {
    const gap = -offset & (alignment - 1);
    if (gap > 0) parts.push(padding.subarray(0, gap));
    offset += gap;
    parts.push(tensor);
    slices.push({ offset, length: tensor.length });
    offset += tensor.length;
  }
  return { parts, slices };
}

/**
 * The bytes of a slice, shared with the payload.
 *
 * @throws {MessageError} If the slice reaches beyond the payload.
 */
export function readSlice(payload: Uint8Array, { offset, length }: PayloadSlice, what: string): Uint8Array {
  if (offset + length > payload.length) {
    throw new MessageError(
      `${what} is said to be at ${offset} with ${length} bytes, but the payload has ${payload.length}`,
    );
  }
  return payload.subarray(offset, offset + length);
}
