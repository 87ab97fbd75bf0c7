import { createHash, timingSafeEqual } from 'node:crypto';

/** `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it. */
export const fingerprintOf = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** Whether a key's fingerprint is one of the pinned ones; takes the same time wherever they differ. */
export function isPinned(fingerprint: string, pinned: readonly string[]): boolean {
  const found = Buffer.from(fingerprint);
  let accepted = false;
  for (const pin of pinned) {
    const expected = Buffer.from(pin);
    if (expected.length === found.length && timingSafeEqual(expected, found)) accepted = true;
  }
  return accepted;
}
