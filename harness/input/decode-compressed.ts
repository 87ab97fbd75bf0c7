import type { Metadata } from 'sharp';
import { loadNative } from '../native-library.ts';
import { elementsOf } from '../tensor/dtype.ts';
import { PictureDamagedError, PictureFormatError } from './input-error.ts';
import { checkPictureSize } from './picture-limit.ts';
import type { Pixels } from './pixels.ts';
import { checkPngChunks } from './png-chunks.ts';

/** Decodes a JPEG or PNG; see `decodePicture` for the promises. */
export async function decodeCompressed(
  bytes: Uint8Array,
  format: 'jpeg' | 'png',
  origin: string,
): Promise<Pixels & { readonly hadAlpha: boolean }> {
  if (format === 'png') checkPngChunks(bytes, origin);
  const { default: sharp } = await loadNative('sharp', () => import('sharp'));
  const file = sharp(bytes, {
    ignoreIcc: true,
    autoOrient: true,
    // libjpeg reports lost pixels as mere warnings and fills in grey.
    failOn: 'warning',
    limitInputPixels: false,
  });
  const header = await orDamaged(file.metadata(), format, origin);
  checkPictureSize(header, origin);
  checkColourSpace(header, origin);

  const deep = header.depth === 'ushort';
  const grey = header.space === 'b-w' || header.space === 'grey16';
  const opaque = file.removeAlpha();
  const raw = deep
    ? opaque.toColourspace(grey ? 'grey16' : 'rgb16').raw({ depth: 'ushort' })
    : opaque.toColourspace(grey ? 'b-w' : 'srgb').raw();
  const { data, info } = await orDamaged(raw.toBuffer({ resolveWithObject: true }), format, origin);
  const samples = deep ? upperBytes(elementsOf('uint16', data)) : new Uint8Array(data);
  return {
    width: info.width,
    height: info.height,
    channels: grey ? 1 : 3,
    data: grey ? samples : redAndBlueSwapped(samples),
    hadAlpha: header.hasAlpha,
  };
}

async function orDamaged<T>(work: Promise<T>, format: 'jpeg' | 'png', origin: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const lines = (cause instanceof Error ? cause.message : String(cause)).trim().split(/\s*\n\s*/);
    const detail = [...new Set(lines)].join('; ');
    throw new PictureDamagedError(`${origin} is a damaged ${format.toUpperCase()}: ${detail}`, {
      hint: 'Fetch the file again, or open it in a viewer and save it anew.',
      cause,
    });
  }
}

/** Other colour spaces have no one answer: OpenCV converts CMYK without its profile, viewers with it. */
function checkColourSpace({ space }: Metadata, origin: string): void {
  if (['srgb', 'b-w', 'rgb16', 'grey16'].includes(space)) return;
  throw new PictureFormatError(
    `${origin} has the colour space ${space.toUpperCase()}; expected are RGB (or YCbCr) and grey`,
    { hint: `Convert it, for example: magick ${origin} -colorspace sRGB picture.png` },
  );
}

const upperBytes = (samples: Uint16Array): Uint8Array => Uint8Array.from(samples, (sample) => sample >> 8);

function redAndBlueSwapped(rgb: Uint8Array): Uint8Array {
  const bgr = new Uint8Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    bgr[i] = rgb[i + 2]!;
    bgr[i + 1] = rgb[i + 1]!;
    bgr[i + 2] = rgb[i]!;
  }
  return bgr;
}
