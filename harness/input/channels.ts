import type { Preprocess } from '../spec/schema.ts';
import type { Picture } from './decode-picture.ts';
import { bgrToGrey, greyToBgr } from './grey.ts';
import { PictureChannelsError } from './input-error.ts';
import type { Pixels } from './pixels.ts';

export type ChannelOrder = Preprocess['channelOrder'];

/**
 * Gives a picture the channels that the network wants: one where `channelOrder` is grey, else three (still BGR).
 *
 * @throws {PictureChannelsError} If that would drop alpha or invent colour, and `alpha` or `grey` do not allow it.
 */
export function matchChannels(
  picture: Picture,
  { alpha, grey, channelOrder }: Pick<Preprocess, 'alpha' | 'grey' | 'channelOrder'>,
): Pixels {
  const { origin } = picture;
  if (picture.hadAlpha && alpha === 'refuse') {
    throw new PictureChannelsError(
      `${origin} has an alpha channel; expected a picture without one, since preprocess.alpha is refuse`,
      {
        hint: 'Set preprocess.alpha: drop to leave it out as cv2.imread does, or save the picture without transparency.',
      },
    );
  }
  if (channelOrder === 'grey') return picture.channels === 1 ? picture : bgrToGrey(picture);
  if (picture.channels === 3) return picture;
  if (grey === 'refuse') {
    throw new PictureChannelsError(
      `${origin} is a grey picture; expected colour, since preprocess.channelOrder is ${channelOrder} and preprocess.grey is refuse`,
      {
        hint: 'Set preprocess.grey: expand to repeat it in three channels as cv2.imread does, or channelOrder: grey if the network has one input channel.',
      },
    );
  }
  return greyToBgr(picture);
}
