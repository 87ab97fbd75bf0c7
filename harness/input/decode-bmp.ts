import { type BmpHeader, readBmpHeader } from './bmp-header.ts';
import { PictureDamagedError } from './input-error.ts';
import { checkPictureSize } from './picture-limit.ts';
import type { Pixels } from './pixels.ts';

/** Decodes a BMP; see `decodePicture` for the promises. Indexed pictures count as grey if their palette is. */
export function decodeBmp(bytes: Uint8Array, origin: string): Pixels & { readonly hadAlpha: boolean } {
  const header = readBmpHeader(bytes, origin);
  const { width, height, topDown, bitsPerPixel, dataOffset } = header;
  checkPictureSize(header, origin);
  const rowBytes = Math.ceil((width * bitsPerPixel) / 8);
  const stride = Math.ceil(rowBytes / 4) * 4;
  const end = dataOffset + stride * (height - 1) + rowBytes;
  if (end > bytes.length) {
    throw new PictureDamagedError(
      `${origin} is a truncated BMP: ${width} x ${height} pixels of ${bitsPerPixel} bits end at byte ${end}, the file after ${bytes.length}`,
      { hint: 'Fetch the file again.' },
    );
  }

  const channels = hasGreyPalette(header) ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  const decodeRow = rowDecoder(header, channels);
  for (let y = 0; y < height; y++) {
    const start = dataOffset + (topDown ? y : height - 1 - y) * stride;
    const target = y * width * channels;
    decodeRow(bytes.subarray(start, start + rowBytes), data.subarray(target, target + width * channels));
  }
  return { width, height, channels, data, hadAlpha: header.hasAlpha };
}

type RowDecoder = (row: Uint8Array, into: Uint8Array) => void;

function rowDecoder({ bitsPerPixel, greenBits, palette }: BmpHeader, channels: 1 | 3): RowDecoder {
  switch (bitsPerPixel) {
    case 24:
      return (row, into) => into.set(row);
    case 32:
      return (row, into) => {
        for (let i = 0, read = 0; i < into.length; i += 3, read += 4) {
          into.set(row.subarray(read, read + 3), i);
        }
      };
    case 16:
      return (row, into) => {
        for (let i = 0, read = 0; i < into.length; i += 3, read += 2) {
          const pixel = row[read]! | (row[read + 1]! << 8);
          // The missing low bits stay 0, as OpenCV leaves them: white is 248, 248 (or 252), 248.
          into[i] = (pixel << 3) & 0xf8;
          into[i + 1] = greenBits === 6 ? (pixel >> 3) & 0xfc : (pixel >> 2) & 0xf8;
          into[i + 2] = (greenBits === 6 ? pixel >> 8 : pixel >> 7) & 0xf8;
        }
      };
    default:
      return (row, into) => {
        for (let i = 0, bit = 0; i < into.length; i += channels, bit += bitsPerPixel) {
          const byte = row[bit >> 3]!;
          const index = (byte >> (8 - bitsPerPixel - (bit & 7))) & (2 ** bitsPerPixel - 1);
          for (let c = 0; c < channels; c++) into[i + c] = palette[3 * index + c]!;
        }
      };
  }
}

function hasGreyPalette({ palette }: BmpHeader): boolean {
  for (let i = 0; i < palette.length; i += 3) {
    if (palette[i] !== palette[i + 1] || palette[i] !== palette[i + 2]) return false;
  }
  return palette.length > 0;
}
