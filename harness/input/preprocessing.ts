import type { CaseInput } from '../spec/case.ts';
import type { Preprocess } from '../spec/schema.ts';
import { perChannel } from './normalise.ts';

/**
 * What, beside the file's bytes, determines the reference tensors: plain JSON, equal where the tensors are equal by
 * declaration. A golden made with another one is stale.
 */
export type Preprocessing =
  | (Omit<Preprocess, 'alpha' | 'grey' | 'mean' | 'std'> & {
      readonly kind: 'picture';
      /** The decoding and resizing arithmetic; counts up when its results change. */
      readonly pixels: 'opencv-1';
      readonly mean: readonly number[];
      readonly std: readonly number[];
    })
  | {
      readonly kind: 'tensor';
      readonly member?: string;
      readonly dtype?: string;
      readonly shape?: readonly number[];
    };

/** `alpha` and `grey` are left out, since they only allow or refuse; single means and stds are spread over the channels. */
export function picturePreprocessing({
  channelOrder,
  layout,
  crop,
  resize,
  mean,
  std,
}: Preprocess): Preprocessing {
  return {
    kind: 'picture',
    pixels: 'opencv-1',
    channelOrder,
    layout,
    ...(crop && { crop }),
    ...(resize && { resize }),
    ...perChannel({ mean, std }, channelOrder === 'grey' ? 1 : 3, 'preprocess'),
  };
}

export function tensorPreprocessing({ member, dtype, shape }: CaseInput): Preprocessing {
  return {
    kind: 'tensor',
    ...(member !== undefined && { member }),
    ...(dtype !== undefined && { dtype }),
    ...(shape !== undefined && { shape }),
  };
}
