import type { Preprocess } from '../spec/schema.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { arrange } from './arrange.ts';
import { matchChannels } from './channels.ts';
import { crop } from './crop.ts';
import type { Picture } from './decode-picture.ts';
import { fit } from './fit.ts';
import { normalise, perChannel } from './normalise.ts';
import type { Pixels } from './pixels.ts';

/**
 * The reference engine's input: the picture with the network's channels, cropped, resized, (x - mean) / std in float32,
 * in the declared layout.
 *
 * @returns 1 x C x H x W or 1 x H x W x C.
 * @throws {HilError} Owner `spec`: alpha or grey refused, crop outside, wrong number of means.
 */
export function preprocess(picture: Picture, declaration: Preprocess): Tensor<'float32'> {
  return toReferenceTensor(cropAndResize(picture, declaration), declaration);
}

/** The 8-bit part of the way, which the reference tensor and the board's buffer have in common. */
export function cropAndResize(picture: Picture, declaration: Preprocess): Pixels {
  const { origin } = picture;
  const matched = matchChannels(picture, declaration);
  const cropped = declaration.crop ? crop(matched, declaration.crop, origin) : matched;
  return declaration.resize ? fit(cropped, declaration.resize, origin) : cropped;
}

/** The rest of the way; `pixels` come from {@link cropAndResize} with the same declaration. */
export function toReferenceTensor(pixels: Pixels, declaration: Preprocess): Tensor<'float32'> {
  const { mean, std } = perChannel(declaration, pixels.channels, 'preprocess');
  const tables = mean.map((m, c) =>
    Float32Array.from({ length: 256 }, (_, value) => normalise(value, m, std[c]!)),
  );
  return arrange(pixels, declaration.channelOrder, declaration.layout, 'float32', tables);
}
