import { perChannel } from '../input/normalise.ts';
import { preprocess as preprocessPicture } from '../input/preprocess.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { RknnFile } from '../reference/rknn-file/rknn-file.ts';
import { runtimePreprocessing } from '../reference/rknn-file/runtime-preprocessing.ts';
import { tensorAttributes } from '../reference/rknn-file/tensor-attributes.ts';
import { bytesPerElement } from '../tensor/dtype.ts';
import { dequantise } from '../tensor/dequantise.ts';
import { toLayout } from '../tensor/layout.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import { type NamedTensors, tensor, type Tensor } from '../tensor/tensor.ts';
import type { JudgedCase } from './explain-case.ts';
import type { RightInput } from './faulty-input.ts';
import type { InputSettings, InputSource } from './input-settings.ts';

/** What decides the network's input on the board. A program of the team's own makes its input out of our sight. */
export function settingsOf(
  { testCase, prepared }: JudgedCase,
  file: RknnFile | undefined,
  feeds: NamedTensors,
  remarks: string[],
): { readonly source: InputSource; readonly declared: InputSettings | undefined } {
  const { spec, input } = testCase;
  const { preprocess, boardInput } = spec.declaration;
  const attributes = file
    ? tensorAttributes(file.trailer, 'input', 'the model file')
    : [...feeds].map(([name, { shape }], index) => ({
        index,
        name,
        shape,
        dtype: 'float32' as const,
        layout: preprocess?.layout ?? ('NCHW' as const),
        quantisation: notQuantised,
        sizeBytes: 4 * shape.reduce((product, extent) => product * extent, 1),
      }));
  const source = { prepared, preprocess, attributes, origin: relativePath(spec.root, input.path) };
  if (spec.command)
    remarks.push(
      'a program of its own makes the input, so only its outcome can be looked at, not its settings',
    );
  if (spec.command || file === undefined) return { source, declared: undefined };
  const files = runtimePreprocessing(file.trailer).map(({ mean, std, reorder }) => ({
    mean,
    std,
    swap: String(reorder) === '2,1,0',
  }));
  const none = { mean: [], std: [], swap: false };
  return {
    source,
    declared: { board: boardInput, files: attributes.map((_, i) => files[i] ?? none) },
  };
}

/** Takes the one picture-like input apart into pixels, mean and std; others have no usual mistakes. */
export function rightInput(
  { testCase, prepared }: JudgedCase,
  feeds: NamedTensors,
  declared: InputSettings | undefined,
): RightInput | undefined {
  const { preprocess, boardInput } = testCase.spec.declaration;
  const [only, ...others] = [...feeds.values()];
  if (only === undefined || others.length > 0 || only.shape.length !== 4) return undefined;
  const layout = preprocess?.layout ?? 'NCHW';
  const { dtype } = boardInput;
  const elementBytes = dtype === 'native' ? 1 : bytesPerElement(dtype);
  const planes = toLayout(realTensor(only), layout, 'NCHW');
  const channels = planes.shape[1]!;
  if (prepared.picture && preprocess) {
    const pixels = preprocessPicture(prepared.picture, { ...preprocess, mean: 0, std: 1 });
    return {
      pixels: toLayout(pixels, layout, 'NCHW'),
      ...perChannel(preprocess, channels, 'preprocess'),
      elementBytes,
    };
  }
  const [file] = declared?.files ?? [];
  const mean = Array.from({ length: channels }, (_, c) => file?.mean[c] ?? 0);
  const std = Array.from({ length: channels }, (_, c) => file?.std[c] ?? 1);
  const plane = planes.shape[2]! * planes.shape[3]!;
  const data = planes.data.map((value, i) => {
    const channel = Math.floor(i / plane) % channels;
    return value * std[channel]! + mean[channel]!;
  });
  return { pixels: tensor('float32', planes.shape, data), mean, std, elementBytes };
}

/** Any feed as real values. */
export const realTensor = (feed: Tensor): Tensor<'float32'> => dequantise(feed, notQuantised);
