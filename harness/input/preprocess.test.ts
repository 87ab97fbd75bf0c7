import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Preprocess, preprocessSchema } from '../spec/schema.ts';
import { bytesOf } from '../tensor/dtype.ts';
import { decodePicture, type Picture } from './decode-picture.ts';
import {
  NormalisationError,
  PictureChannelsError,
  PictureTooLargeError,
  PreprocessError,
} from './input-error.ts';
import { preprocess } from './preprocess.ts';

const vectorsUrl = new URL('vectors/', import.meta.url);
const readPicture = (name: string): Promise<Picture> =>
  decodePicture(readFileSync(new URL(`pictures/${name}`, vectorsUrl)), name);

const declare = (declaration: Record<string, unknown>): Preprocess =>
  preprocessSchema.parse({ channelOrder: 'bgr', layout: 'NCHW', ...declaration });

/** A grey picture whose pixels count up from 0. */
function ramp(width: number, height: number): Picture {
  const data = Uint8Array.from({ length: width * height }, (_, i) => i);
  return { origin: 'ramp.png', format: 'png', hadAlpha: false, width, height, channels: 1, data };
}

describe('gives the bits that OpenCV and NumPy give', () => {
  const vectors: { name: string; declaration: Record<string, unknown>; float32: string }[] = JSON.parse(
    readFileSync(new URL('preprocess.json', vectorsUrl), 'utf8'),
  );

  test.each(vectors)('$name', async ({ declaration, float32 }) => {
    const tensor = preprocess(await readPicture('rgb.png'), declare(declaration));

    expect(Buffer.from(bytesOf(tensor.data)).toString('base64')).toBe(float32);
  });
});

test.each([
  ['NCHW', [1, 3, 28, 40]],
  ['NHWC', [1, 28, 40, 3]],
])('makes a batch of one in %s', async (layout, shape) => {
  const tensor = preprocess(await readPicture('rgb.png'), declare({ layout }));

  expect(tensor).toMatchObject({ dtype: 'float32', shape });
});

describe('crops', () => {
  const picture = ramp(6, 4);

  test.each([
    ['a rectangle', { x: 1, y: 2, width: 2, height: 2 }, [13, 14, 19, 20]],
    ['a centred size, to the upper left of an odd remainder', { centre: { width: 3, height: 1 } }, [7, 8, 9]],
    [
      'the largest centred square',
      'centre-square',
      [1, 2, 3, 4, 7, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21, 22],
    ],
  ])('%s', (_, crop, expected) => {
    const { data } = preprocess(picture, declare({ channelOrder: 'grey', crop }));

    expect([...data]).toEqual(expected);
  });

  test.each([
    [{ x: 5, y: 0, width: 2, height: 1 }, '2 x 1 pixels at x 5, y 0'],
    [{ centre: { width: 7, height: 4 } }, '7 x 4 pixels at x -1, y 0'],
  ])('but not what is outside: %j', (crop, found) => {
    const attempt = () => preprocess(picture, declare({ channelOrder: 'grey', crop }));

    expect(attempt).toThrow(PreprocessError);
    expect(attempt).toThrow(`ramp.png is 6 x 4; preprocess.crop takes ${found}, which is outside`);
  });
});

describe('fits without a resize where the scale is 1', () => {
  test('letterbox pads around, the odd row below', () => {
    const resize = { width: 2, height: 5, mode: 'letterbox', pad: 99 };

    const { data } = preprocess(ramp(2, 2), declare({ channelOrder: 'grey', resize }));

    expect([...data]).toEqual([99, 99, 0, 1, 2, 3, 99, 99, 99, 99]);
  });

  test('cover cuts what overhangs, the odd column on the right', () => {
    const resize = { width: 2, height: 2, mode: 'cover' };

    const { data } = preprocess(ramp(5, 2), declare({ channelOrder: 'grey', resize }));

    expect([...data]).toEqual([1, 2, 6, 7]);
  });

  test.each(['cover', 'letterbox', 'stretch'])('%s gives the size that is asked for', (mode) => {
    for (const [width, height] of [
      [1, 1],
      [97, 3],
      [3, 97],
      [50, 50],
    ]) {
      const resize = { width, height, mode };

      const { shape } = preprocess(ramp(13, 7), declare({ channelOrder: 'grey', resize }));

      expect(shape).toEqual([1, 1, height, width]);
    }
  });

  test('refuses a size that no memory should hold', () => {
    const resize = { width: 65_000, height: 65_000 };

    const attempt = () => preprocess(ramp(2, 2), declare({ channelOrder: 'grey', resize }));

    expect(attempt).toThrow(PictureTooLargeError);
    expect(attempt).toThrow(/^ramp\.png after preprocess\.resize is 65000 x 65000 = /);
  });
});

describe('alpha and grey', () => {
  test('refuses alpha unless told to drop it', async () => {
    const picture = await readPicture('rgba.png');

    expect(() => preprocess(picture, declare({}))).toThrow(PictureChannelsError);
    expect(() => preprocess(picture, declare({}))).toThrow(
      'rgba.png has an alpha channel; expected a picture without one, since preprocess.alpha is refuse',
    );
    expect(preprocess(picture, declare({ alpha: 'drop' })).shape).toEqual([1, 3, 28, 40]);
  });

  test('refuses grey for a colour network unless told to expand it', async () => {
    const picture = await readPicture('grey.png');

    expect(() => preprocess(picture, declare({}))).toThrow(PictureChannelsError);
    expect(() => preprocess(picture, declare({}))).toThrow(
      'grey.png is a grey picture; expected colour, since preprocess.channelOrder is bgr and preprocess.grey is refuse',
    );
    const { data } = preprocess(picture, declare({ grey: 'expand' }));
    expect(data.slice(0, 1120)).toEqual(data.slice(1120, 2240));
    expect(data.slice(0, 1120)).toEqual(Float32Array.from(picture.data));
  });

  test('names the setting that would help', async () => {
    const hint = async (name: string) => {
      const picture = await readPicture(name);
      try {
        preprocess(picture, declare({}));
      } catch (thrown) {
        return (thrown as PictureChannelsError).hint;
      }
      return undefined;
    };

    expect(await hint('rgba.png')).toContain('preprocess.alpha: drop');
    expect(await hint('grey.png')).toContain('preprocess.grey: expand');
  });
});

test.each([
  ['mean', [1, 2], 'preprocess.mean has 2 entries; expected 3, one for each channel'],
  ['std', [1], 'preprocess.std has 1 entries; expected 3, one for each channel'],
])('refuses a %s that has not one entry for each channel', async (field, list, message) => {
  const picture = await readPicture('rgb.png');

  const attempt = () => preprocess(picture, declare({ [field]: list }));

  expect(attempt).toThrow(NormalisationError);
  expect(attempt).toThrow(message);
});
