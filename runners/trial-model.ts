import type { BoardInput, BoardModel } from '../harness/board/session.ts';
import { sha256Hex } from '../harness/tensor/content-hash.ts';

/** A model file of these bytes, as a session takes it; for trials of runners and boards. */
export const modelOf = (bytes: Uint8Array): BoardModel => ({
  path: 'model.rknn',
  sha256: sha256Hex(bytes),
  bytes,
});

/** One picture's worth of bytes, declared as what they are. */
export const inputOf = (bytes: Uint8Array): BoardInput => ({
  index: 0,
  bytes,
  dtype: 'uint8',
  layout: 'NHWC',
  passThrough: false,
  sizeBytes: bytes.length,
});
