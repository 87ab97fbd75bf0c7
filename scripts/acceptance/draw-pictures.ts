import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePicture } from '../../harness/input/decode-picture.ts';
import type { Pixels } from '../../harness/input/pixels.ts';
import { cropAndResize } from '../../harness/input/preprocess.ts';

const side = 64;
const channels = 3;

/** The built-in suite's pictures at the networks' input size, to draw new ones from. */
export async function basePictures(folder: string): Promise<Pixels[]> {
  const files = readdirSync(folder).sort();
  return Promise.all(
    files.map(async (file) => {
      const picture = await decodePicture(readFileSync(join(folder, file)), file);
      return cropAndResize(picture, {
        resize: { width: side, height: side, mode: 'stretch', interpolation: 'linear' },
        channelOrder: 'bgr',
        layout: 'NCHW',
      } as Parameters<typeof cropAndResize>[1]);
    }),
  );
}

/**
 * A new picture: one of the base pictures, with a second one showing through in half of the cases (as far as half, where
 * a network is unsure), mirrored, moved, in another light, with grain.
 */
export function drawPicture(base: readonly Pixels[], random: () => number): Pixels {
  const pick = () => base[Math.floor(random() * base.length)]!.data;
  const first = view(random);
  const second = view(random);
  const [front, back] = [pick(), pick()];
  const share = random() < 0.5 ? random() * 0.5 : 0;
  const gain = 0.75 + 0.5 * random();
  const lift = (random() - 0.5) * 30;
  const grain = random() * 10;
  const data = new Uint8Array(side * side * channels);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < channels; c++) {
        const mixed = (1 - share) * front[first(x, y) + c]! + share * back[second(x, y) + c]!;
        const value = mixed * gain + lift + (random() - 0.5) * grain;
        data[(y * side + x) * channels + c] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
  }
  return { width: side, height: side, channels, data };
}

/** Where in the base picture a pixel is taken from: mirrored or not, moved by up to four pixels. */
function view(random: () => number): (x: number, y: number) => number {
  const mirrored = random() < 0.5;
  const [right, down] = [random(), random()].map((share) => Math.round((share - 0.5) * 8)) as [
    number,
    number,
  ];
  const inside = (place: number) => Math.min(side - 1, Math.max(0, place));
  return (x, y) => (inside(y + down) * side + inside((mirrored ? side - 1 - x : x) + right)) * channels;
}
