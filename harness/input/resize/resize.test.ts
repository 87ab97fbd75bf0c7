import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Pixels } from '../pixels.ts';
import { type Interpolation, resize } from './resize.ts';

/** Answers of OpenCV; see vectors/make-vectors.py. */
interface ResizeVector {
  readonly interpolation: Interpolation;
  readonly channels: 1 | 3;
  readonly seed: number;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly pixels?: string;
  readonly sha256?: string;
}

const vectors: ResizeVector[] = JSON.parse(
  readFileSync(new URL('../vectors/resize.json', import.meta.url), 'utf8'),
);

/** The generator of make-vectors.py. */
function noise(count: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >> 16;
  });
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function pixels(width: number, height: number, channels: 1 | 3, data: Uint8Array): Pixels {
  return { width, height, channels, data };
}

describe('gives the pixels that cv2.resize gives', () => {
  test.each(vectors)(
    '$interpolation, $channels channels, $from to $to',
    ({ interpolation, channels, seed, from: [width, height], to, ...expected }) => {
      const source = pixels(width, height, channels, noise(width * height * channels, seed));

      const resized = resize(source, { width: to[0], height: to[1] }, interpolation);

      expect(resized).toMatchObject({ width: to[0], height: to[1], channels });
      const { data } = resized;
      expect(expected.pixels === undefined ? sha256(data) : [...data]).toEqual(
        expected.pixels === undefined ? expected.sha256 : [...Buffer.from(expected.pixels, 'base64')],
      );
    },
  );
});

const extent = fc.integer({ min: 1, max: 40 });
const channels = fc.constantFrom<1 | 3>(1, 3);
const bounded = fc.constantFrom<Interpolation>('linear', 'nearest', 'area');

test('keeps a picture of one colour as it is', () => {
  fc.assert(
    fc.property(
      fc.tuple(extent, extent, extent, extent),
      channels,
      bounded,
      fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 3, maxLength: 3 }),
      ([width, height, toWidth, toHeight], count, interpolation, colour) => {
        const data = Uint8Array.from({ length: width * height * count }, (_, i) => colour[i % count]!);

        const resized = resize(
          pixels(width, height, count, data),
          { width: toWidth, height: toHeight },
          interpolation,
        );

        expect(resized.data).toHaveLength(toWidth * toHeight * count);
        expect(resized.data.every((value, i) => value === colour[i % count])).toBe(true);
      },
    ),
  );
});

test('treats the channels of a colour picture as three grey pictures', () => {
  fc.assert(
    fc.property(
      fc.tuple(extent, extent, extent, extent),
      bounded,
      fc.integer({ min: 1, max: 1e6 }),
      ([width, height, toWidth, toHeight], interpolation, seed) => {
        const colour = noise(width * height * 3, seed);
        const target = { width: toWidth, height: toHeight };

        const together = resize(pixels(width, height, 3, colour), target, interpolation);
        const alone = [0, 1, 2].map((c) => {
          const plane = colour.filter((_, i) => i % 3 === c);
          return resize(pixels(width, height, 1, plane), target, interpolation).data;
        });

        expect([...together.data]).toEqual(
          Array.from(together.data, (_, i) => alone[i % 3]![Math.floor(i / 3)]),
        );
      },
    ),
  );
});

test('overshoots at edges with cubic weights, and saturates', () => {
  const edge = pixels(4, 1, 1, Uint8Array.of(10, 10, 245, 245));

  const { data } = resize(edge, { width: 16, height: 1 }, 'cubic');

  expect(Math.min(...data)).toBe(0);
  expect(Math.max(...data)).toBe(255);
});
