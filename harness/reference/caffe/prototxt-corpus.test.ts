import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { HilError } from '../../hil-error.ts';
import { elementCount, tensor } from '../../tensor/tensor.ts';
import { readPrototxt } from './caffe-net.ts';
import { translateNet } from './import-caffe.ts';
import { writeOnnx } from '../onnx/model.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import type { TakeWeights } from './take-weights.ts';
import { parseTextFormat } from './text-format.ts';

// Network texts of many authors. Weights are made up as zeros, so this says that they parse, that every layer is known
// and that their shapes fit together.
const folder = fileURLToPath(new URL('../../../../shared/data/prototxt-corpus', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder) : [];

/** What is refused, with the reason: a part of its message. */
const refused: Readonly<Record<string, string>> = {
  // Networks for training, or for tests on a data base.
  BVLC__caffe__examples__cifar10__cifar10_full_sigmoid_train_test_bn:
    ':19: layer cifar of type Data reads its data',
  BVLC__caffe__examples__feature_extraction__imagenet_val: ':2: layer data of type ImageData reads its data',
  BVLC__caffe__examples__finetune_pascal_detection__pascal_finetune_trainval_test:
    ':25: layer data of type WindowData reads',
  BVLC__caffe__examples__hdf5_classification__nonlinear_auto_test:
    ':1: layer data of type HDF5Data reads its data',
  BVLC__caffe__examples__mnist__lenet_train_test: ':19: layer mnist of type Data reads its data',
  BVLC__caffe__examples__mnist__mnist_autoencoder:
    ':52: layer flatdata of type Flatten reads blob data, whose layer is not part',
  BVLC__caffe__examples__pycaffe__linreg: ':4: layer x of type DummyData reads its data',
  BVLC__caffe__examples__siamese__mnist_siamese_train_test:
    ':18: layer pair_data of type Data reads its data',
  BVLC__caffe__models__bvlc_reference_caffenet__train_val: ':29: layer data of type Data reads its data',
  cwlacewe__netscope__presets__inceptionv3:
    ':22: layer conv_conv2d of type Convolution reads blob data, whose layer is not part',
  cwlacewe__netscope__presets__nin: ':19: layer data of type Data reads its data',
  'forresti__SqueezeNet__SqueezeNet_v1.1__train_val': ':28: layer data of type Data reads its data',
  // No networks.
  BVLC__caffe__examples__mnist__lenet_consolidated_solver: ': this is a solver’s settings, not a network',
  BVLC__caffe__models__bvlc_alexnet__solver: ': this is a solver’s settings, not a network',
  'Xilinx__Vitis-AI__src__vai_runtime__target_factory__targets__DPUCAHX8L_ISA0':
    ': this text describes no Caffe network',
  // What Caffe refuses too.
  cwlacewe__netscope__presets__1D_lstm:
    ':2: the network declares its inputs with input_dim and with input_shape',
  'cwlacewe__netscope__presets__vgg-16': ': it has layers of both generations',
  // Layers and fields of forks.
  'cwlacewe__netscope__presets__ResNet-50_merged.qconv.winograd.cwl':
    ':19: layer conv1 of type Convolution has a field is_relu',
  cwlacewe__netscope__presets__SSD300: ':922: layer conv4_3_norm_mbox_priorbox of type PriorBox is of a type',
  cwlacewe__netscope__presets__fasterRCNN_ResNet: ':2371: layer rpn_proposals of type Python is of a type',
  'cwlacewe__netscope__presets__fcn-8s-pascal': ':96: layer crop of type CROP is of a type',
  cwlacewe__netscope__presets__lstm: ':17: layer lstm1 of type LSTM is of a type',
  'openvinotoolkit__open_model_zoo__models__intel__face-detection-retail-0004__face-detection-retail-0004':
    ':850: layer fc7_mbox_priorbox of type PriorBoxClustered is of a type',
  'openvinotoolkit__open_model_zoo__models__intel__license-plate-recognition-barrier-0001__license-plate-recognition-barrier-0001':
    ':678: layer decode of type CTCGreedyDecoder is of a type',
  'rockchip-linux__rknn-toolkit__examples__caffe__vgg-ssd__deploy_rm_detection_output':
    ':928: layer conv4_3_norm_mbox_priorbox of type PriorBox is of a type',
  // Its zoom_factor of 2 is meant to make 64 of 32 rows; Caffe's Interp makes 63, corner to corner.
  'openvinotoolkit__open_model_zoo__models__intel__semantic-segmentation-adas-0001__semantic-segmentation-adas-0001':
    ':1491: layer AddBackward1223 of type Eltwise has inputs of different shapes: 1x128x63x127, 1x128x64x128',
};

const zeroTensor = (shape: readonly number[]) =>
  tensor('float32', shape, new Float32Array(elementCount(shape)));

const zeros: TakeWeights = (_, wanted) => wanted.map(({ shape }) => zeroTensor(shape));

test('the collection of prototxt files is there', ({ skip }) => {
  skip(files.length === 0, '../shared/data, which is not part of the repository, is absent');

  expect(files.length).toBe(46);
});

describe.skipIf(files.length === 0)('a prototxt of the collection', () => {
  const nameOf = (file: string) => file.replace(/\.prototxt$/, '');
  const translate = (file: string) => {
    const net = readPrototxt(readFileSync(`${folder}/${file}`), file);
    return { net, model: translateNet(net, zeros) };
  };

  test.each(files)('%s is read as text', (file) => {
    const text = readFileSync(`${folder}/${file}`, 'utf8');

    expect(parseTextFormat(text, file).fields.length).toBeGreaterThan(0);
  });

  test.each(files.filter((file) => nameOf(file) in refused))('%s is refused with the reason', (file) => {
    const reason = refused[nameOf(file)]!;

    const attempt = () => translate(file);

    expect(attempt).toThrow(HilError);
    expect(attempt).toThrow(`${file}${reason}`);
  });

  test.each(files.filter((file) => !(nameOf(file) in refused)))('%s is imported', (file) => {
    const { graph } = translate(file).model;

    const made = new Set(graph.node.flatMap(({ output }) => output));
    expect(graph.output.length).toBeGreaterThan(0);
    expect(graph.output.filter(({ name }) => !made.has(name))).toEqual([]);
    expect(made.size).toBe(graph.node.flatMap(({ output }) => output).length);
  });

  // Those that are small enough to be run in a moment.
  test.each(
    files.filter((file) =>
      /mobilenet_deploy|mobilenet_v2_deploy|SqueezeNet_v1.0|retail-0013|retail-0003|head-pose|barrier-0039|landmarks/.test(
        file,
      ),
    ),
  )('%s has the shapes that the engine finds', async (file) => {
    const { net, model } = translate(file);

    await using loaded = await createOnnxRuntimeEngine().load(writeOnnx(model), file, { optimise: false });
    const outputs = await loaded.run(
      new Map(loaded.inputs.map(({ name, shape }) => [name, zeroTensor(shape as number[])])),
    );

    expect(net.inputs.length).toBe(loaded.inputs.length);
    expect(loaded.outputs.map(({ shape }) => shape)).toEqual([...outputs.values()].map(({ shape }) => shape));
  });
});
