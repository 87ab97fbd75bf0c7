import type { Preprocess } from '../spec/schema.ts';
import { PreprocessError } from './input-error.ts';
import type { Pixels, Size } from './pixels.ts';

type Crop = NonNullable<Preprocess['crop']>;

/** A part of a picture, in pixels from its upper left corner. */
export interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}

/**
 * Cuts out what `preprocess.crop` names; with an odd remainder, a centred part lies half a pixel to the upper left.
 *
 * @throws {PreprocessError} If the part is not wholly inside the picture.
 */
export function crop(pixels: Pixels, declaration: Crop, origin: string): Pixels {
  const part = partOf(pixels, declaration);
  const { x, y, width, height } = part;
  if (x < 0 || y < 0 || x + width > pixels.width || y + height > pixels.height) {
    throw new PreprocessError(
      `${origin} is ${pixels.width} x ${pixels.height}; preprocess.crop takes ${width} x ${height} pixels at x ${x}, y ${y}, which is outside`,
      { hint: 'Make preprocess.crop smaller, or use crop: centre-square, which fits every picture.' },
    );
  }
  return cut(pixels, part);
}

/** The part's pixels; it must be inside. */
export function cut(pixels: Pixels, { x, y, width, height }: Rectangle): Pixels {
  const { channels } = pixels;
  if (width === pixels.width && height === pixels.height) return pixels;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * pixels.width + x) * channels;
    data.set(pixels.data.subarray(start, start + width * channels), row * width * channels);
  }
  return { width, height, channels, data };
}

/** Where a centred part begins along one axis. */
export const centred = (outer: number, inner: number): number => Math.floor((outer - inner) / 2);

function partOf(picture: Size, declaration: Crop): Rectangle {
  if (declaration !== 'centre-square' && 'x' in declaration) return declaration;
  const side = Math.min(picture.width, picture.height);
  const { width, height } =
    declaration === 'centre-square' ? { width: side, height: side } : declaration.centre;
  return { x: centred(picture.width, width), y: centred(picture.height, height), width, height };
}
