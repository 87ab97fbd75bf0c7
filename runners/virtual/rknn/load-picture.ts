import { matchChannels } from '../../../harness/input/channels.ts';
import { decodePicture } from '../../../harness/input/decode-picture.ts';
import { fit } from '../../../harness/input/fit.ts';
import { readInputFile } from '../../../harness/input/read-input-file.ts';
import type { LoadPicture } from './dataset.ts';

/**
 * Loads a calibration picture as the vendor's converter does, RGB 0..255; it is stretched to the network's size with
 * bilinear interpolation, which is our choice. Transparency is dropped, grey is repeated in three channels.
 */
export const loadCalibrationPicture: LoadPicture = async (path, { width, height, channels }) => {
  const picture = await decodePicture(await readInputFile(path, path), path);
  const channelOrder = channels === 1 ? 'grey' : 'rgb';
  const pixels = matchChannels(picture, { alpha: 'drop', grey: 'expand', channelOrder });
  const { data } = fit(pixels, { width, height, mode: 'stretch', interpolation: 'linear', pad: 0 }, path);
  return channels === 1 ? data : swapOuter(data);
};

/** BGR to RGB. */
function swapOuter(bgr: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(bgr.length);
  for (let i = 0; i < bgr.length; i += 3) {
    rgb[i] = bgr[i + 2]!;
    rgb[i + 1] = bgr[i + 1]!;
    rgb[i + 2] = bgr[i]!;
  }
  return rgb;
}
