import { PictureDamagedError, PictureFormatError } from './input-error.ts';

const signatureBytes = 8;
/** Length, type and checksum around a chunk's data. */
const frameBytes = 12;

/**
 * Walks a PNG's chunks to its end.
 *
 * @throws {PictureDamagedError} If the file ends before the IEND chunk does; libpng is content once it has the pixels.
 * @throws {PictureFormatError} If it is animated: which of its pictures is meant?
 */
export function checkPngChunks(bytes: Uint8Array, origin: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = signatureBytes;
  while (offset + frameBytes <= bytes.length) {
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (type === 'acTL') {
      throw new PictureFormatError(`${origin} is an animated PNG; expected a single picture`, {
        hint: 'Save the frame that is meant as a PNG of its own.',
      });
    }
    offset += frameBytes + view.getUint32(offset);
    if (type === 'IEND' && offset <= bytes.length) return;
  }
  throw new PictureDamagedError(
    `${origin} is a truncated PNG: it ends after ${bytes.length} bytes, before its IEND chunk`,
    { hint: 'Fetch the file again.' },
  );
}
