import type { Preprocess } from '../spec/schema.ts';
import { centred, cut } from './crop.ts';
import { checkPictureSize } from './picture-limit.ts';
import type { Pixels, Size } from './pixels.ts';
import { resize } from './resize/resize.ts';

type Resize = NonNullable<Preprocess['resize']>;

const smaller = 'Make preprocess.resize smaller.';

/**
 * Brings a picture to the size that `preprocess.resize` names.
 *
 * - `stretch`: both axes on their own, as `cv2.resize` does.
 * - `cover`: scaled by one factor until both axes reach the size, then cut in the centre.
 * - `letterbox`: scaled by one factor until both axes are within the size, then padded around.
 *
 * The scaled extents are rounded to the nearest pixel, halves up. With an odd remainder, the upper left side gets less.
 *
 * @throws {PictureTooLargeError} If the result, or the scaled picture before the cut, exceeds the limit.
 */
export function fit(pixels: Pixels, { mode, interpolation, pad, ...size }: Resize, origin: string): Pixels {
  const target = { width: size.width, height: size.height };
  const wanted = mode === 'stretch' ? target : scaled(pixels, target, mode);
  checkPictureSize(target, `${origin} after preprocess.resize`, smaller);
  checkPictureSize(wanted, `${origin} scaled for preprocess.resize`, smaller);
  const resized = resize(pixels, wanted, interpolation);
  switch (mode) {
    case 'stretch':
      return resized;
    case 'cover':
      return cut(resized, {
        x: centred(wanted.width, target.width),
        y: centred(wanted.height, target.height),
        ...target,
      });
    case 'letterbox':
      return padAround(resized, target, pad);
  }
}

function scaled(source: Size, target: Size, mode: 'cover' | 'letterbox'): Size {
  const across = target.width / source.width;
  const down = target.height / source.height;
  // The axis that decides gets its extent exactly, whatever the rounding of the factor.
  if (mode === 'cover' ? across >= down : across <= down) {
    return { width: target.width, height: Math.max(1, Math.round(source.height * across)) };
  }
  return { width: Math.max(1, Math.round(source.width * down)), height: target.height };
}

function padAround(pixels: Pixels, { width, height }: Size, level: number): Pixels {
  const { channels } = pixels;
  if (pixels.width === width && pixels.height === height) return pixels;
  const data = new Uint8Array(width * height * channels).fill(level);
  const left = centred(width, pixels.width);
  const top = centred(height, pixels.height);
  const rowBytes = pixels.width * channels;
  for (let row = 0; row < pixels.height; row++) {
    data.set(
      pixels.data.subarray(row * rowBytes, (row + 1) * rowBytes),
      ((top + row) * width + left) * channels,
    );
  }
  return { width, height, channels, data };
}
