import { readFile } from 'node:fs/promises';
import { basename, extname, relative, resolve } from 'node:path';
import { buildVirtualModel } from '../../../runners/virtual/rknn/build-model.ts';
import type { LoadPicture } from '../../../runners/virtual/rknn/dataset.ts';
import { loadConverterConfig } from '../../../runners/virtual/rknn/load-converter-config.ts';
import type { ToolkitVersion } from '../../../runners/virtual/rknn/toolkits.ts';
import { FileUnreadableError } from '../../golden/file-hash.ts';
import { decodePicture } from '../../input/decode-picture.ts';
import { preprocess } from '../../input/preprocess.ts';
import { readInputFile } from '../../input/read-input-file.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { preprocessSchema } from '../../spec/schema.ts';
import { writeDurably } from '../../store/durable-file.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

/** `hil virtual build-model`: converts a float network for the virtual board. */
export async function buildModelCommand(
  onnx: string,
  configFile: string,
  options: { readonly output: string; readonly toolkit?: ToolkitVersion },
  io: Io,
): Promise<ExitCode> {
  const onnxPath = resolve(io.cwd, onnx);
  const output = resolve(io.cwd, options.output);
  const { config, dataset } = await loadConverterConfig(resolve(io.cwd, configFile), loadCalibrationPicture);
  const bytes = await buildVirtualModel({
    onnx: await readFile(onnxPath).catch((cause: unknown) => {
      throw new FileUnreadableError(onnxPath, cause);
    }),
    origin: onnx,
    name: basename(onnxPath, extname(onnxPath)),
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
