import { basename, extname, relative, resolve } from 'node:path';
import { buildVirtualModel } from '../../../runners/virtual/rknn/build-model.ts';
import type { LoadPicture } from '../../../runners/virtual/rknn/dataset.ts';
import { loadConverterConfig } from '../../../runners/virtual/rknn/load-converter-config.ts';
import type { ToolkitVersion } from '../../../runners/virtual/rknn/toolkits.ts';
import { readNetwork } from '../../golden/read-network.ts';
import { HilError } from '../../hil-error.ts';
import { decodePicture } from '../../input/decode-picture.ts';
import { preprocess } from '../../input/preprocess.ts';
import { readInputFile } from '../../input/read-input-file.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import type { ReferenceFiles } from '../../spec/case.ts';
import { preprocessSchema } from '../../spec/schema.ts';
import { writeDurably } from '../../store/durable-file.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

/** A Caffe network is two files, and one was named. */
export class CaffeWeightsMissingError extends HilError {
  readonly code = 'HIL_BUILD_MODEL_USAGE';
  readonly owner = 'spec';
}

/** `hil virtual build-model`: converts a float network, ONNX or Caffe, for the virtual board. */
export async function buildModelCommand(
  network: string,
  configFile: string,
  options: { readonly output: string; readonly weights?: string; readonly toolkit?: ToolkitVersion },
  io: Io,
): Promise<ExitCode> {
  const { weights } = options;
  if (extname(network) === '.prototxt' && weights === undefined) {
    throw new CaffeWeightsMissingError(`${network} is a Caffe network, and its weights are not named`, {
      hint: `hil virtual build-model ${network} ${configFile} --weights <caffemodel> --output ${options.output}`,
    });
  }
  const path = resolve(io.cwd, network);
  const reference: ReferenceFiles =
    weights === undefined
      ? { kind: 'onnx', path }
      : { kind: 'caffe', prototxt: path, caffemodel: resolve(io.cwd, weights) };
  const output = resolve(io.cwd, options.output);
  const { config, dataset } = await loadConverterConfig(resolve(io.cwd, configFile), loadCalibrationPicture);
  const bytes = await buildVirtualModel({
    onnx: (await readNetwork(reference, io.cwd)).bytes,
    origin: network,
    framework: reference.kind,
    name: basename(path, extname(path)),
    config: options.toolkit === undefined ? config : { ...config, toolkit: options.toolkit },
    dataset,
    engine: createOnnxRuntimeEngine(),
  });
  await writeDurably(output, bytes);
  io.stdout.write(
    `${relative(io.cwd, output)}: ${bytes.length} bytes, ${config.format}, for the virtual board only\n`,
  );
  return exitCodes.ok;
}

/** As the vendor's converter loads calibration pictures: RGB, 0..255, stretched to the input's size. */
export const loadCalibrationPicture: LoadPicture = async (path, { width, height, channels }) => {
  const picture = await decodePicture(await readInputFile(path, path), path);
  const declaration = preprocessSchema.parse({
    alpha: 'drop',
    grey: 'expand',
    resize: { width, height },
    channelOrder: channels === 1 ? 'grey' : 'rgb',
    layout: 'NHWC',
  });
  return Uint8Array.from(preprocess(picture, declaration).data);
};
