import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HilError } from '../hil-error.ts';
import { decodePicture } from './decode-picture.ts';
import { bgrToGrey, greyToBgr } from './grey.ts';
import { PictureDamagedError, PictureFormatError, PictureTooLargeError } from './input-error.ts';
import type { Pixels } from './pixels.ts';

/** Facts by OpenCV; see vectors/make-vectors.py. */
interface PictureVector {
  readonly width: number;
  readonly height: number;
  readonly bgr: string;
  readonly grey: string;
}

const vectorsUrl = new URL('vectors/', import.meta.url);
const readFacts = (name: string): Record<string, PictureVector | null> =>
  JSON.parse(readFileSync(new URL(name, vectorsUrl), 'utf8'));
const readPicture = (name: string) => new Uint8Array(readFileSync(new URL(`pictures/${name}`, vectorsUrl)));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const asBgr = (pixels: Pixels) => (pixels.channels === 3 ? pixels : greyToBgr(pixels));

function factsOf(picture: Pixels): PictureVector {
  const bgr = asBgr(picture);
  return {
    width: picture.width,
    height: picture.height,
    bgr: sha256(bgr.data),
    grey: sha256(bgrToGrey(bgr).data),
  };
}

async function failure(bytes: Uint8Array, origin: string): Promise<HilError> {
  try {
    await decodePicture(bytes, origin);
  } catch (thrown) {
    if (thrown instanceof HilError) return thrown;
    throw thrown;
  }
  throw new Error(`${origin} was decoded`);
}

describe('gives the pixels that cv2.imread and cv2.cvtColor give', () => {
  const expected = readFacts('pictures.json');

  test.each(Object.entries(expected))('%s', async (name, facts) => {
    const picture = await decodePicture(readPicture(name), name);

    expect(factsOf(picture)).toEqual(facts);
  });
});

describe('gives the pixels that cv2.imread gives for real pictures', () => {
  const folder = new URL('../../../shared/data/images/', import.meta.url);
  const absent = !existsSync(folder);
  const reason = '../shared/data, which is not part of the repository, is absent';
  const expected = readFacts('shared-pictures.json');

  test.for(Object.entries(expected))('%s', async ([name, facts], { skip }) => {
    skip(absent, reason);
    const bytes = readFileSync(new URL(name, folder));

    // What OpenCV cannot read has no facts, and must be refused here as well.
    const outcome = await decodePicture(bytes, name).then(factsOf, (thrown: unknown) =>
      thrown instanceof PictureDamagedError ? null : thrown,
    );

    expect(outcome).toEqual(facts);
  });
});

test('takes a file for what it is, not for what it is called', async () => {
  const picture = await decodePicture(readPicture('png-named.jpg'), 'png-named.jpg');

  expect(picture).toMatchObject({ format: 'png', origin: 'png-named.jpg' });
});

test.each([
  ['rgba.png', 3],
  ['grey-alpha.png', 1],
  ['rgba-16.png', 3],
  ['palette-transparent.png', 3],
  ['transparent-colour.png', 3],
  ['32-alpha.bmp', 3],
])('tells that %s had transparency, and gives %i channels', async (name, channels) => {
  expect(await decodePicture(readPicture(name), name)).toMatchObject({ hadAlpha: true, channels });
});

test.each([
  ['jpeg-grey.jpg', 1],
  ['grey-16.png', 1],
  ['bilevel.png', 1],
  ['8-grey.bmp', 1],
  ['8-palette.bmp', 3],
  ['palette-8.png', 3],
  ['32.bmp', 3],
])('gives %s, which is opaque, %i channels', async (name, channels) => {
  expect(await decodePicture(readPicture(name), name)).toMatchObject({ hadAlpha: false, channels });
});

describe('refuses', () => {
  test.each([
    ['jpeg-cmyk.jpg', 'jpeg-cmyk.jpg has the colour space CMYK; expected are RGB (or YCbCr) and grey'],
    ['animated.png', 'animated.png is an animated PNG; expected a single picture'],
    ['8-rle.bmp', '8-rle.bmp is a BMP with compression RLE8; expected none or BITFIELDS'],
    [
      '32-other-masks.bmp',
      '32-other-masks.bmp is a 32-bit BMP with the bit masks ff ff00 ff0000 (red, green, blue); expected are ff0000 ff00 ff, 7c00 3e0 1f or f800 7e0 1f',
    ],
  ])('%s', async (name, message) => {
    const error = await failure(readPicture(name), name);

    expect(error).toBeInstanceOf(PictureFormatError);
    expect(error).toMatchObject({ code: 'HIL_PICTURE_FORMAT', owner: 'spec', message });
  });

  test.each([
    ['GIF89a\x01\0\x01\0', 'a GIF'],
    ['RIFF\x24\0\0\0WEBPVP8 ', 'a WebP'],
    ['II*\0\x08\0\0\0', 'a TIFF'],
    ['\0\0\0\x18ftypheic\0\0\0\0', 'a HEIC'],
    ['\0\0\0\x1cftypavif\0\0\0\0', 'an AVIF'],
    ['<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', 'an SVG'],
    ['\x93NUMPY\x01\0', 'a NumPy array'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0', 'a Git LFS pointer'],
    ['just text', 'not a picture'],
    ['B', 'not a picture'],
  ])('%j as %s', async (start, name) => {
    const error = await failure(Buffer.from(start, 'latin1'), 'pictures/x.jpg');

    expect(error).toBeInstanceOf(PictureFormatError);
    expect(error.message).toBe(`pictures/x.jpg is ${name}; supported are JPEG, PNG and BMP`);
    expect(error.hint).not.toBe('');
  });

  test.each([
    'jpeg-420.jpg',
    'jpeg-progressive.jpg',
    'jpeg-grey.jpg',
    'rgb.png',
    'palette-4.png',
    '24.bmp',
    '8-grey.bmp',
  ])('%s when it is cut short anywhere', async (name) => {
    const whole = readPicture(name);

    for (const share of [0.15, 0.4, 0.7, 0.95]) {
      const error = await failure(whole.slice(0, Math.floor(whole.length * share)), name);

      expect(error).toBeInstanceOf(PictureDamagedError);
      expect(error).toMatchObject({ code: 'HIL_PICTURE_DAMAGED', owner: 'spec' });
      expect(error.message).toContain(name);
    }
  });

  test('a PNG that lacks nothing but its last chunk', async () => {
    const error = await failure(readPicture('rgb.png').slice(0, -12), 'rgb.png');

    expect(error.message).toMatch(
      /^rgb\.png is a truncated PNG: it ends after \d+ bytes, before its IEND chunk$/,
    );
  });

  test('a JPEG whose data is corrupt, although OpenCV only warns', async () => {
    const bytes = readPicture('jpeg-420.jpg');
    const end = bytes.length - 2;
    // An unexpected marker in the middle of the scan: the rest of the picture would be grey.
    bytes.set([0xff, 0xd9], Math.floor(end * 0.8));

    const error = await failure(bytes, 'jpeg-420.jpg');

    expect(error).toBeInstanceOf(PictureDamagedError);
  });
});

describe('refuses 20000 x 20000 pixels by the header alone', () => {
  const message = 'huge is 20000 x 20000 = 400.0 million pixels; the limit is 67.1 million';

  test.each([
    ['PNG', 'rgb.png', [0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20], 16],
    ['BMP', '24.bmp', [0x20, 0x4e, 0, 0, 0x20, 0x4e, 0, 0], 18],
  ])('%s', async (_, name, size, offset) => {
    const bytes = readPicture(name);
    bytes.set(size, offset);
    if (name.endsWith('.png')) {
      new DataView(bytes.buffer).setUint32(29, crc32(bytes.subarray(12, 29)));
    }

    const error = await failure(bytes, 'huge');

    expect(error).toBeInstanceOf(PictureTooLargeError);
    expect(error).toMatchObject({ code: 'HIL_PICTURE_TOO_LARGE', owner: 'spec', message });
  });

  test('JPEG', async () => {
    const bytes = readPicture('jpeg-420.jpg');
    const frame = Buffer.from(bytes.buffer).indexOf(Buffer.of(0xff, 0xc0));
    bytes.set([0x4e, 0x20, 0x4e, 0x20], frame + 5);

    const error = await failure(bytes, 'huge');

    expect(error).toMatchObject({ code: 'HIL_PICTURE_TOO_LARGE', message });
  });
});

test('answers every damaged file with a picture or a clear error', async () => {
  const names = [
    '1-short-palette.bmp',
    '32-alpha.bmp',
    '16-565-masks.bmp',
    '24-os2.bmp',
    'palette-4.png',
    'jpeg-444.jpg',
  ];

  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
        maxLength: 6,
      }),
      fc.boolean(),
      async (name, changes, inHeader) => {
        const bytes = readPicture(name);
        for (const [place, value] of changes) {
          bytes[Math.floor(place * (inHeader ? 70 : bytes.length - 1))] = value;
        }

        const outcome = await decodePicture(bytes, name).then(
          ({ width, height, channels, data }) => data.length === width * height * channels,
          (thrown: unknown) => thrown instanceof HilError || thrown,
        );

        expect(outcome).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
