import type { Tensor } from '../../../harness/tensor/tensor.ts';

/** Decodes a picture and resizes it. @returns Interleaved RGB, or grey for one channel; 0..255. */
export type LoadPicture = (
  path: string,
  size: { readonly width: number; readonly height: number; readonly channels: 1 | 3 },
) => Promise<Uint8Array>;

/** One input of one calibration run. */
export type DatasetItem =
  /** Pixels; the converter reorders channels and applies mean and std. */
  | { readonly kind: 'picture'; readonly path: string; readonly load: LoadPicture }
  /** Values as a picture's would be (4-D: NHWC); mean and std are applied, channels are never reordered. */
  | { readonly kind: 'array'; readonly path: string; readonly load: (path: string) => Promise<Tensor> }
  /** The network's own input, nothing is applied. */
  | { readonly kind: 'tensor'; readonly tensor: Tensor };

/** The inputs of one calibration run, in the network's order. */
export type DatasetSample = readonly DatasetItem[];
