import { decodeBmp } from './decode-bmp.ts';
import { decodeCompressed } from './decode-compressed.ts';
import { type PictureFormat, pictureFormat } from './picture-format.ts';
import type { Pixels } from './pixels.ts';

/** A decoded picture: grey with one channel or colour in BGR order, upright, without alpha. */
export interface Picture extends Pixels {
  /** The file's path as people know it. */
  readonly origin: string;
  readonly format: PictureFormat;
  /** The file has an alpha channel or a transparent colour, which `data` has no more. */
  readonly hadAlpha: boolean;
}

/**
 * Decodes a JPEG, PNG or BMP to the pixels that `cv2.imread(path, cv2.IMREAD_COLOR)` gives, but leaves grey pictures
 * in one channel. As there, colour profiles and gamma are ignored, EXIF orientation is applied, 16 bits lose the lower 8.
 * Unlike there, damage is an error and never grey filler. docs/input.md lists what was compared.
 *
 * @param origin - The path as people know it, for messages.
 * @throws {PictureFormatError} If it is no picture or of another kind.
 * @throws {PictureDamagedError} If it is truncated or corrupt.
 * @throws {PictureTooLargeError} Told from the header, before pixels are decoded.
 */
export async function decodePicture(bytes: Uint8Array, origin: string): Promise<Picture> {
  const format = pictureFormat(bytes, origin);
  const decoded = format === 'bmp' ? decodeBmp(bytes, origin) : await decodeCompressed(bytes, format, origin);
  return { ...decoded, origin, format };
}
