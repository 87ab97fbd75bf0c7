import { PictureDamagedError, PictureFormatError } from './input-error.ts';

const bitDepths = [1, 4, 8, 16, 24, 32] as const;

export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** Rows are stored from the top; most BMPs start at the bottom. */
  readonly topDown: boolean;
  readonly bitsPerPixel: (typeof bitDepths)[number];
  /** Of 16-bit pixels: 5-5-5 or 5-6-5. */
  readonly greenBits: 5 | 6;
  readonly hasAlpha: boolean;
  /** BGR triples of every possible index, black where the file names none; empty above 8 bits. */
  readonly palette: Uint8Array;
  /** Where the pixels begin. */
  readonly dataOffset: number;
}

const fileHeaderBytes = 14;
const os2HeaderBytes = 12;
const windowsHeaderBytes = 40;
const bitfieldsCompression = 3;
const compressionNames = ['none', 'RLE8', 'RLE4', 'BITFIELDS', 'JPEG', 'PNG', 'ALPHABITFIELDS'];
const masksOffset = fileHeaderBytes + windowsHeaderBytes;
const alphaMaskOffset = masksOffset + 12;

/**
 * Reads a BMP's headers: OS/2 1.x, Windows 3 and later.
 *
 * @throws {PictureFormatError} For run-length encoding and for bit masks that OpenCV's releases read differently.
 * @throws {PictureDamagedError} If it ends within the headers or contradicts itself.
 */
export function readBmpHeader(bytes: Uint8Array, origin: string): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (end: number) => {
    if (bytes.length < end) throw damaged(origin, `it ends within its headers, after ${bytes.length} bytes`);
  };
  need(fileHeaderBytes + os2HeaderBytes);
  const dataOffset = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  const isOs2 = headerBytes === os2HeaderBytes;
  if (!isOs2 && headerBytes < windowsHeaderBytes) {
    throw damaged(origin, `its header claims ${headerBytes} bytes; expected 12, 40 or more`);
  }
  need(fileHeaderBytes + headerBytes);

  const width = isOs2 ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isOs2 ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isOs2 ? 24 : 28, true);
  const compression = isOs2 ? 0 : view.getUint32(30, true);
  if (width <= 0 || signedHeight === 0) {
    throw damaged(origin, `its header claims ${width} x ${signedHeight} pixels`);
  }
  const bitsPerPixel = bitDepths.find((depth) => depth === bits);
  if (bitsPerPixel === undefined) {
    throw damaged(origin, `its header claims ${bits} bits a pixel; expected ${bitDepths.join(', ')}`);
  }
  const hasMasks = compression === bitfieldsCompression && bitsPerPixel >= 16;
  if (compression !== 0 && !hasMasks) {
    throw new PictureFormatError(
      `${origin} is a BMP with compression ${compressionNames[compression] ?? compression}; expected none or BITFIELDS`,
      { hint: `Save it uncompressed, or as a PNG: magick ${origin} picture.png` },
    );
  }
  if (hasMasks) need(alphaMaskOffset);

  return {
    width,
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    bitsPerPixel,
    greenBits: hasMasks ? greenBitsOf(view, bitsPerPixel, origin) : 5,
    hasAlpha:
      hasMasks && headerBytes >= windowsHeaderBytes + 16 && view.getUint32(alphaMaskOffset, true) !== 0,
    palette:
      bitsPerPixel > 8 ? new Uint8Array() : readPalette(bytes, view, bitsPerPixel, isOs2, headerBytes, need),
    dataOffset,
  };
}

function greenBitsOf(view: DataView, bitsPerPixel: number, origin: string): 5 | 6 {
  const masks = [0, 4, 8].map((i) => view.getUint32(masksOffset + i, true).toString(16)).join(' ');
  if (bitsPerPixel === 16 && masks === '7c00 3e0 1f') return 5;
  if (bitsPerPixel === 16 && masks === 'f800 7e0 1f') return 6;
  if (bitsPerPixel === 32 && masks === 'ff0000 ff00 ff') return 5;
  throw new PictureFormatError(
    `${origin} is a ${bitsPerPixel}-bit BMP with the bit masks ${masks} (red, green, blue); expected are ff0000 ff00 ff, 7c00 3e0 1f or f800 7e0 1f`,
    { hint: `OpenCV's releases disagree about such files. Save it as a PNG: magick ${origin} picture.png` },
  );
}

function readPalette(
  bytes: Uint8Array,
  view: DataView,
  bitsPerPixel: number,
  isOs2: boolean,
  headerBytes: number,
  need: (end: number) => void,
): Uint8Array {
  const entryBytes = isOs2 ? 3 : 4;
  const start = fileHeaderBytes + headerBytes;
  const possible = 2 ** bitsPerPixel;
  const used = isOs2 ? 0 : view.getUint32(46, true);
  const entries = used === 0 ? possible : Math.min(used, possible);
  need(start + entries * entryBytes);
  const palette = new Uint8Array(possible * 3);
  for (let i = 0; i < entries; i++) {
    palette.set(bytes.subarray(start + i * entryBytes, start + i * entryBytes + 3), 3 * i);
  }
  return palette;
}

function damaged(origin: string, detail: string): PictureDamagedError {
  return new PictureDamagedError(`${origin} is a damaged BMP: ${detail}`, { hint: 'Fetch the file again.' });
}
