/**
 * Softmaxes that others have published for RK1808 networks, for tests of the tolerances.
 *
 * @see Toybrick forum, 26 January to 4 February 2021: a two-class Caffe network of ResNet-34's shape, on RK1808.
 * @see RKNN Toolkit user guide and demos: MobileNet V1, a picture of a dog; ShuffleNetV2, hybrid quantisation.
 */

/** The two-class network: fp32, and what a board or another engine answered. */
export const twoClass = {
  fp32: [0.958134, 0.041866],
  tensorRtMixed: [0.957031, 0.043121],
  rknnFp16: [0.947266, 0.052887],
  /** Red and blue exchanged. */
  reordered: [0.785645, 0.214233],
  /** Interleaved pixels declared as planes. */
  declaredNchw: [0.640625, 0.359619],
  /** Bytes from 128 read as negative, red and blue exchanged. */
  readAsInt8: [0.00073, 0.999512],
} as const;

/** What the named classes leave, as one class: the tables name only the best ones. */
const withRest = (...named: number[]): readonly number[] => [
  ...named,
  1 - named.reduce((sum, value) => sum + value, 0),
];

/** MobileNet V1: classes 156, 155, 205, 284, and all others. No fp32 answer is published; fp16 stands for it. */
export const mobileNet = {
  fp16: withRest(0.94873, 0.046509, 0.003265, 0.000794),
  i16: withRest(0.948242, 0.04715, 0.003283, 0.000778),
  i8: withRest(0.723633, 0.266357, 0.003798, 0.002304),
  u8: withRest(0.865723, 0.083862, 0.012428, 0.005913),
  u8Batch: withRest(0.867188, 0.084045, 0.012451, 0.005924),
  u8Guide: withRest(0.85107421875, 0.09173583984375, 0.01358795166015625, 0.006465911865234375),
} as const;

/** ShuffleNetV2: the two best classes, and all others. */
export const shuffleNet = {
  onnx: withRest(0.975839, 0.022261),
  u8: withRest(0.909429, 0.068879),
  /** u8 with three layers in i16. */
  hybrid: withRest(0.950437, 0.044638),
} as const;
