import { PictureTooLargeError } from './input-error.ts';
import type { Size } from './pixels.ts';

/** Most pixels a picture may have, decoded or resized. */
const maxPixels = 64 * 2 ** 20;

const millions = (pixels: number): string => (pixels / 1e6).toFixed(1);

/** @throws {PictureTooLargeError} To be called with a header's facts, before memory for pixels is taken. */
export function checkPictureSize(
  { width, height }: Size,
  origin: string,
  hint = 'Scale the picture down, or cut out the part that the network needs.',
): void {
  if (width * height <= maxPixels) return;
  throw new PictureTooLargeError(
    `${origin} is ${width} x ${height} = ${millions(width * height)} million pixels; the limit is ${millions(maxPixels)} million`,
    { hint },
  );
}
