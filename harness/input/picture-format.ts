import { PictureFormatError } from './input-error.ts';

/** Formats that are decoded exactly as OpenCV decodes them. */
export type PictureFormat = 'jpeg' | 'png' | 'bmp';

/**
 * Tells the format by the first bytes, whatever the file is called, as OpenCV does.
 *
 * @throws {PictureFormatError} If it is none of JPEG, PNG and BMP.
 */
export function pictureFormat(bytes: Uint8Array, origin: string): PictureFormat {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('latin1');
  if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (start.startsWith('BM')) return 'bmp';

  const foreign = foreignFormats.find(({ pattern }) => pattern.test(start));
  if (foreign === undefined) {
    throw new PictureFormatError(`${origin} is not a picture; supported are JPEG, PNG and BMP`, {
      hint: 'Name a picture under `inputs`; tensors are told by .npy, .npz and .bin.',
    });
  }
  throw new PictureFormatError(`${origin} is ${foreign.name}; supported are JPEG, PNG and BMP`, {
    hint: foreign.hint ?? `Convert it, for example: magick ${origin} picture.png`,
  });
}

const foreignFormats: readonly { readonly name: string; readonly pattern: RegExp; readonly hint?: string }[] =
  [
    { name: 'a GIF', pattern: /^GIF8[79]a/ },
    { name: 'a WebP', pattern: /^RIFF[^]{4}WEBP/ },
    { name: 'a TIFF', pattern: /^(II[*+]\0|MM\0[*+])/ },
    { name: 'an AVIF', pattern: /^[^]{4}ftypavi[fs]/ },
    { name: 'a HEIC', pattern: /^[^]{4}ftyp(hei|hev|mif1|msf1)/ },
    { name: 'a JPEG 2000', pattern: /^([^]{4}jP {2}|\xff\x4f\xff\x51)/ },
    { name: 'a JPEG XL', pattern: /^([^]{4}JXL |\xff\n)/ },
    { name: 'a Photoshop document', pattern: /^8BPS/ },
    { name: 'a PDF', pattern: /^%PDF-/ },
    { name: 'a portable anymap', pattern: /^P[1-7]\s/ },
    { name: 'an SVG', pattern: /^(\xef\xbb\xbf)?\s*(<\?xml|<!--|<svg)/ },
    {
      name: 'a NumPy array',
      pattern: /^\x93NUMPY/,
      hint: 'Call the file .npy, so that it is taken for a tensor.',
    },
    {
      name: 'a Git LFS pointer',
      pattern: /^version https:\/\/git-lfs/,
      hint: 'Fetch the file itself: git lfs pull',
    },
  ];
