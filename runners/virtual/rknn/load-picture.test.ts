import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCalibrationPicture } from './load-picture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hil-picture-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A bitmap of one blue-ish pixel: B 250, G 20, R 10; rows are padded to four bytes. */
function onePixelBitmap(): Uint8Array {
  const bytes = new Uint8Array(58);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, 1, true);
  view.setInt32(22, 1, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  bytes.set([250, 20, 10], 54);
  return bytes;
}

test('pixels come as RGB in the network’s size', async () => {
  const path = join(folder, 'pixel.bmp');
  await writeFile(path, onePixelBitmap());

  const pixels = await loadCalibrationPicture(path, { width: 2, height: 1, channels: 3 });

  expect([...pixels]).toEqual([10, 20, 250, 10, 20, 250]);
});

test('a network with one channel gets grey', async () => {
  const path = join(folder, 'pixel.bmp');
  await writeFile(path, onePixelBitmap());

  const pixels = await loadCalibrationPicture(path, { width: 1, height: 1, channels: 1 });

  // 0.299 * 10 + 0.587 * 20 + 0.114 * 250 = 43.2
  expect([...pixels]).toEqual([43]);
});
