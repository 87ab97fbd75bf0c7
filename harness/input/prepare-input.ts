import type { BoardInput } from '../board/session.ts';
import type { TensorAttribute } from '../board/tensor-attribute.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { TensorDeclaration } from '../reference/engine.ts';
import type { CaseInput, ResolvedSpec } from '../spec/case.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import { assignTensors, assignTensorsToBoard } from './assign-tensors.ts';
import { pictureBuffer, tensorBuffer } from './board-buffer.ts';
import { castReference } from './cast-reference.ts';
import { checkFitsModel } from './check-fits-model.ts';
import { decodePicture, type Picture } from './decode-picture.ts';
import { InputMismatchError, PreprocessError } from './input-error.ts';
import { cropAndResize, toReferenceTensor } from './preprocess.ts';
import { type Preprocessing, picturePreprocessing, tensorPreprocessing } from './preprocessing.ts';
import { readInputFile } from './read-input-file.ts';
import { readTensorFile, type TensorFile } from './read-tensor-file.ts';

/** One input of a case, read and decoded once; pure from here on. */
export interface PreparedInput {
  /** The file as it is. */
  readonly source: Uint8Array;
  /** sha256 of the file's bytes. */
  readonly sourceSha256: string;
  /** What the reference engine gets: the picture's tensor, or the file's own. */
  readonly reference: TensorFile;
  /** Goes into the golden's manifest. */
  readonly preprocessing: Preprocessing;
  /** The decoded picture, before crop and resize; for other preprocessing of the same file see `preprocess`. */
  readonly picture?: Picture | undefined;
  /**
   * The reference tensors by the names of the model's inputs.
   *
   * @throws {InputMismatchError} If number, names, shapes or dtypes do not fit the model.
   */
  readonly feeds: (inputs: readonly TensorDeclaration[]) => NamedTensors;
  /**
   * The board's buffers, one for each input of the loaded model.
   *
   * @throws {HilError} Owner `spec` if `boardInput` makes no buffer, or one that the model cannot take.
   */
  readonly boardInputs: (attributes: readonly TensorAttribute[]) => BoardInput[];
}

/**
 * Reads an input of a spec and makes of it what the reference engine gets, at once, and what the board gets, when the
 * loaded model's attributes are known.
 *
 * @throws {HilError} Owner `spec`: the file or the spec is wrong; the message names the file.
 */
export async function prepareInput(
  input: CaseInput,
  { root, declaration }: Pick<ResolvedSpec, 'root' | 'declaration'>,
): Promise<PreparedInput> {
  const origin = relativePath(root, input.path);
  const bytes = await readInputFile(input.path, origin);
  const source = { source: bytes, sourceSha256: sha256Hex(bytes) };
  return input.kind === 'picture'
    ? { ...source, ...(await preparePicture(bytes, origin, declaration)) }
    : { ...source, ...prepareTensors(bytes, input, origin, declaration) };
}

type Source = Pick<PreparedInput, 'source' | 'sourceSha256'>;
type Declaration = Pick<ResolvedSpec['declaration'], 'preprocess' | 'boardInput'>;

async function preparePicture(
  bytes: Uint8Array,
  origin: string,
  { preprocess, boardInput }: Declaration,
): Promise<Omit<PreparedInput, keyof Source>> {
  if (preprocess === undefined) {
    throw new PreprocessError(`preprocess is missing; ${origin} is a picture`, {
      hint: 'Set preprocess with at least channelOrder and layout.',
    });
  }
  const picture = await decodePicture(bytes, origin);
  const pixels = cropAndResize(picture, preprocess);
  const reference = toReferenceTensor(pixels, preprocess);
  return {
    preprocessing: picturePreprocessing(preprocess),
    picture,
    reference: { kind: 'single', tensor: reference },
    feeds(inputs) {
      const { name } = onlyOne(inputs, 'the reference model', origin);
      return checkedFeeds(new Map([[name, castReference(reference, inputs[0]!.dtype)]]), inputs, origin);
    },
    boardInputs(attributes) {
      const attribute = onlyOne(attributes, "the board's model", origin);
      return [pictureBuffer(pixels, boardInput, attribute, origin)];
    },
  };
}

function prepareTensors(
  bytes: Uint8Array,
  input: CaseInput,
  origin: string,
  { preprocess, boardInput }: Declaration,
): Omit<PreparedInput, keyof Source> {
  const file = readTensorFile(bytes, input, origin);
  // Caffe and nearly all ONNX networks have planes; a spec for another network says so in preprocess.layout.
  const layout = preprocess?.layout ?? 'NCHW';
  return {
    preprocessing: tensorPreprocessing(input),
    reference: file,
    feeds(inputs) {
      const tensors = assignTensors(file, inputs, 'the reference model', origin);
      return checkedFeeds(new Map(inputs.map(({ name }, i) => [name, tensors[i]!])), inputs, origin);
    },
    boardInputs(attributes) {
      const tensors = assignTensorsToBoard(file, attributes, origin);
      return attributes.map((attribute, i) =>
        tensorBuffer(tensors[i]!, layout, boardInput, attribute, origin),
      );
    },
  };
}

function onlyOne<T extends { readonly name: string }>(
  inputs: readonly T[],
  model: string,
  origin: string,
): T {
  const [only, ...others] = inputs;
  if (only !== undefined && others.length === 0) return only;
  throw new InputMismatchError(
    `${origin} is one picture; ${model} has ${inputs.length} inputs: ${inputs.map(({ name }) => name).join(', ')}`,
    { hint: 'Give an .npz file with one array for each input, named like the input.' },
  );
}

function checkedFeeds(
  feeds: NamedTensors,
  inputs: readonly TensorDeclaration[],
  origin: string,
): NamedTensors {
  for (const declared of inputs) checkFitsModel(feeds.get(declared.name)!, declared, origin);
  return feeds;
}
