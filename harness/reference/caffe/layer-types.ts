/** Names that the enum of Caffe's older generation (`layers`, V1) has for today's layer types. */
const typesOfV1: Readonly<Record<string, string>> = {
  ABSVAL: 'AbsVal',
  ACCURACY: 'Accuracy',
  ARGMAX: 'ArgMax',
  BNLL: 'BNLL',
  CONCAT: 'Concat',
  CONTRASTIVE_LOSS: 'ContrastiveLoss',
  CONVOLUTION: 'Convolution',
  DATA: 'Data',
  DECONVOLUTION: 'Deconvolution',
  DROPOUT: 'Dropout',
  DUMMY_DATA: 'DummyData',
  ELTWISE: 'Eltwise',
  EUCLIDEAN_LOSS: 'EuclideanLoss',
  EXP: 'Exp',
  FLATTEN: 'Flatten',
  HDF5_DATA: 'HDF5Data',
  HDF5_OUTPUT: 'HDF5Output',
  HINGE_LOSS: 'HingeLoss',
  IM2COL: 'Im2col',
  IMAGE_DATA: 'ImageData',
  INFOGAIN_LOSS: 'InfogainLoss',
  INNER_PRODUCT: 'InnerProduct',
  LRN: 'LRN',
  MEMORY_DATA: 'MemoryData',
  MULTINOMIAL_LOGISTIC_LOSS: 'MultinomialLogisticLoss',
  MVN: 'MVN',
  POOLING: 'Pooling',
  POWER: 'Power',
  RELU: 'ReLU',
  SIGMOID: 'Sigmoid',
  SIGMOID_CROSS_ENTROPY_LOSS: 'SigmoidCrossEntropyLoss',
  SILENCE: 'Silence',
  SLICE: 'Slice',
  SOFTMAX: 'Softmax',
  SOFTMAX_LOSS: 'SoftmaxWithLoss',
  SPLIT: 'Split',
  TANH: 'TanH',
  THRESHOLD: 'Threshold',
  WINDOW_DATA: 'WindowData',
};

/** Today's name of a type; a name that the enum does not have is left as it is. */
export const currentType = (type: string): string =>
  Object.hasOwn(typesOfV1, type) ? typesOfV1[type]! : type;

/** Layers that fetch training or test data. */
const dataTypes = new Set([
  'Data',
  'DummyData',
  'HDF5Data',
  'ImageData',
  'MemoryData',
  'WindowData',
  'AnnotatedData',
]);

/** Layers that judge an answer against labels. */
const judgingTypes = new Set([
  'Accuracy',
  'DetectionEvaluate',
  'HDF5Output',
  'InfogainLoss',
  'MultinomialLogisticLoss',
]);

/** Why a network for training or testing has no place here; undefined for layers that are just not known. */
export function purposeElsewhere(type: string): string | undefined {
  if (dataTypes.has(type)) return 'reads its data from a data base, so its shape is not in the prototxt';
  if (judgingTypes.has(type) || /Loss$|WithLoss/.test(type)) return 'compares answers with labels';
  return undefined;
}
