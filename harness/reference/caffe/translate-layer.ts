import { clip, dropout, elu, plain, prelu, relu, relu6 } from './layers/activation.ts';
import { eltwise, exponential, logarithm, power } from './layers/arithmetic.ts';
import { concat, silence, slice, split } from './layers/branches.ts';
import { bias, scale } from './layers/channel-factors.ts';
import { convolution, deconvolution, depthwiseConvolution } from './layers/convolution.ts';
import { innerProduct } from './layers/inner-product.ts';
import { batchNorm, lrn, normalize, softmax } from './layers/normalisation.ts';
import { pooling } from './layers/pooling.ts';
import { argMax, reduction } from './layers/reduction.ts';
import { interp, upsample } from './layers/resize.ts';
import { crop, flatten, permute, reshape, shuffleChannel, tile } from './layers/shape.ts';
import { purposeElsewhere } from './layer-types.ts';
import type { Blob, LayerScope, TranslateLayer } from './layer-scope.ts';

const translations: Readonly<Record<string, TranslateLayer>> = {
  AbsVal: plain('Abs'),
  ArgMax: argMax,
  BatchNorm: batchNorm,
  Bias: bias,
  Clip: clip,
  Concat: concat,
  Convolution: convolution,
  ConvolutionDepthwise: depthwiseConvolution,
  Crop: crop,
  Deconvolution: deconvolution,
  DepthwiseConvolution: depthwiseConvolution,
  Dropout: dropout,
  ELU: elu,
  Eltwise: eltwise,
  Exp: exponential,
  Flatten: flatten,
  InnerProduct: innerProduct,
  Interp: interp,
  LRN: lrn,
  Log: logarithm,
  Normalize: normalize,
  PReLU: prelu,
  Permute: permute,
  Pooling: pooling,
  Power: power,
  ReLU: relu,
  ReLU6: relu6,
  Reduction: reduction,
  Reshape: reshape,
  Scale: scale,
  ShuffleChannel: shuffleChannel,
  Sigmoid: plain('Sigmoid'),
  Silence: silence,
  Slice: slice,
  Softmax: softmax,
  Split: split,
  TanH: plain('Tanh'),
  Tile: tile,
  Upsample: upsample,
};

/** Layer types that are computed, in alphabetical order; Input is a matter of the network. */
export const layerTypes: readonly string[] = Object.keys(translations);

/**
 * Translates a layer of any type.
 *
 * @throws {CaffeLayerError} If it is of a type that is not computed, or not as Caffe has it.
 * @throws {CaffeWeightsError}
 */
export function translateLayer(scope: LayerScope): readonly Blob[] {
  const { type } = scope.layer;
  const translate = Object.hasOwn(translations, type) ? translations[type] : undefined;
  if (translate !== undefined) return translate(scope);
  const purpose = purposeElsewhere(type);
  return purpose === undefined
    ? scope.refuse(
        'is of a type that cannot be computed here',
        'Cut the network before this layer, or export the whole to ONNX; docs/caffe.md lists the types.',
      )
    : scope.refuse(
        purpose,
        'Use the deploy prototxt: it has inputs with shapes, and no layers that training or testing needs.',
      );
}
