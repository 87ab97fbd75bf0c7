import type { TensorAttribute } from '../board/tensor-attribute.ts';
import { assignTensorsToBoard } from '../input/assign-tensors.ts';
import { pictureBuffer, tensorBuffer } from '../input/board-buffer.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import { cropAndResize } from '../input/preprocess.ts';
import { HilError } from '../hil-error.ts';
import type { BoardInputDeclaration, Spec } from '../spec/schema.ts';
import { toLayout } from '../tensor/layout.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type FilePreprocessing, readByRuntime } from './read-by-runtime.ts';

/** Everything that decides what a network on the board is fed: the spec's fields, and the model file's. */
export interface InputSettings {
  readonly board: BoardInputDeclaration;
  /** One for each input of the model. */
  readonly files: readonly FilePreprocessing[];
}

/** The input file with what turns it into buffers. */
export interface InputSource {
  readonly prepared: PreparedInput;
  readonly preprocess: Spec['preprocess'];
  readonly attributes: readonly TensorAttribute[];
  readonly origin: string;
}

/**
 * What the network on the board gets with these settings, by the documented rules.
 *
 * @returns For each input of the model, images in the reference's layout; undefined where the settings make no buffer
 *   that the runtime could take.
 */
export function inputsSeen(
  { board, files }: InputSettings,
  { prepared, preprocess, attributes, origin }: InputSource,
): readonly Tensor<'float32'>[] | undefined {
  const layout = preprocess?.layout ?? 'NCHW';
  try {
    const { picture, reference } = prepared;
    const buffers =
      picture && preprocess
        ? [pictureBuffer(cropAndResize(picture, preprocess), board, attributes[0]!, origin)]
        : assignTensorsToBoard(reference, attributes, origin).map((values, i) =>
            tensorBuffer(values, layout, board, attributes[i]!, origin),
          );
    return buffers.map((buffer, i) => {
      const seen = readByRuntime(buffer, attributes[i]!, files[i]!);
      return seen.shape.length === 4 ? toLayout(seen, 'NCHW', layout) : seen;
    });
  } catch (error) {
    if (error instanceof HilError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Channels of the first input; 1 for what is no image. */
export const channelsOf = ({ attributes }: Pick<InputSource, 'attributes'>): number => {
  const [first] = attributes;
  if (first?.shape.length !== 4) return 1;
  return first.shape[first.layout === 'NCHW' ? 1 : 3]!;
};
