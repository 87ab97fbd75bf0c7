import type { Spec } from '../spec/schema.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Change, Correction, SetBoard, SetFile } from './correction.ts';
import type { WrongSetting } from './explanation.ts';
import { channelsOf, type InputSettings, type InputSource, inputsSeen } from './input-settings.ts';
import { changeNormalisation, isNormalising } from './normalisation-corrections.ts';
import type { FilePreprocessing } from './read-by-runtime.ts';

type PerChannel = InputSettings['board']['mean'];
type Preprocess = NonNullable<Spec['preprocess']>;

/** Most settings that are wrong at once. */
const mostAtOnce = 3;

/**
 * The smallest set of changes after which the network on the board gets what the reference gets.
 *
 * @param wanted - The reference's inputs, in the model's order.
 * @returns Empty if nothing needs to be changed; undefined if no set of up to three changes helps.
 */
export function findCorrections(
  declared: InputSettings,
  source: InputSource,
  wanted: readonly Tensor<'float32'>[],
): readonly Correction[] | undefined {
  const candidates = possibleCorrections(declared, source);
  for (let count = 0; count <= mostAtOnce; count++) {
    for (const set of subsets(candidates, count)) {
      const settings = set.reduce((before, { apply }) => apply(before), declared);
      const seen = inputsSeen(settings, source);
      if (seen && seen.every((tensor, i) => isSameInput(tensor, wanted[i]!, source, i))) return set;
    }
  }
  return undefined;
}

/** Equal but for the roundings on the way: one step of an integer input, or a thousandth of the range. */
export function isSameInput(
  seen: Tensor<'float32'>,
  wanted: Tensor<'float32'>,
  { attributes }: Pick<InputSource, 'attributes'>,
  index: number,
): boolean {
  if (seen.data.length !== wanted.data.length) return false;
  const { quantisation } = attributes[index]!;
  const step =
    quantisation.kind === 'affine'
      ? quantisation.scale
      : quantisation.kind === 'dfp'
        ? 2 ** -quantisation.fl
        : 0;
  let [low, high] = [Infinity, -Infinity];
  for (const value of wanted.data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const allowed = 1.01 * step + 1e-3 * (high - low);
  return wanted.data.every((value, i) => Math.abs(seen.data[i]! - value) <= allowed);
}

/** What could be wrong with these settings, the plainest first: earlier ones are preferred where several would do. */
function possibleCorrections(declared: InputSettings, source: InputSource): Correction[] {
  const { board, files } = declared;
  const { preprocess, prepared } = source;
  const { declare } = board;
  const corrections: Correction[] = [];
  const change = (
    { fault, sentence, fix }: WrongSetting,
    apply: (settings: InputSettings) => InputSettings,
  ) => corrections.push({ fault, sentence, fix, apply });
  const setBoard = (changes: Partial<InputSettings['board']>) => (settings: InputSettings) => ({
    ...settings,
    board: { ...settings.board, ...changes },
  });
  const setFile = (changes: Partial<FilePreprocessing>) => (settings: InputSettings) => ({
    ...settings,
    files: settings.files.map((file) => ({ ...file, ...changes })),
  });

  if (declare.dtype !== undefined && declare.dtype !== board.dtype) {
    const signed = declare.dtype === 'int8' && board.dtype === 'uint8';
    change(
      {
        fault: signed ? 'signed-bytes' : 'other-element-type',
        sentence: signed
          ? 'bytes from 128 up are read as negative numbers: boardInput.declare.dtype is int8, the buffer is uint8'
          : `the buffer is read as another type: boardInput.declare.dtype is ${declare.dtype}, the buffer is ${board.dtype}`,
        fix: `remove boardInput.declare.dtype, so that the buffer is declared ${board.dtype}`,
      },
      (settings) => withDeclare(settings, 'dtype'),
    );
  } else if (board.dtype === 'int8' && prepared.picture && !isNormalising(board)) {
    change(
      {
        fault: 'signed-bytes',
        sentence: 'pixel values above 127 do not fit: boardInput.dtype is int8',
        fix: 'set boardInput.dtype: uint8',
      },
      setBoard({ dtype: 'uint8' }),
    );
  }
  if (declare.layout !== undefined && declare.layout !== board.layout) {
    change(
      {
        fault: declare.layout === 'NCHW' ? 'interleaved-as-planes' : 'planes-as-interleaved',
        sentence: `${kindOfData(board.layout)} are read as ${kindOfData(declare.layout)}: boardInput.declare.layout is ${declare.layout}, the buffer is ${board.layout}`,
        fix: `remove boardInput.declare.layout, so that the buffer is declared ${board.layout}; it tells of the buffer, not of the network`,
      },
      (settings) => withDeclare(settings, 'layout'),
    );
  }
  if (board.passThrough) {
    change(
      {
        fault: 'pass-through',
        sentence:
          'boardInput.passThrough is true, so the mean, std and reorder of the model file are not applied',
        fix: 'set boardInput.passThrough: false, or do in boardInput what the model file would do',
      },
      setBoard({ passThrough: false }),
    );
  }
  const [file] = files;
  if (file && channelsOf(source) === 3) changeOrder(board, file, preprocess, change, setBoard, setFile);
  if (isNormalising(board) && !['float32', 'float16', 'native'].includes(board.dtype)) {
    change(
      {
        fault: 'cast-to-bytes',
        sentence: `values with mean and std applied do not fit: boardInput.dtype is ${board.dtype}`,
        fix: 'set boardInput.dtype: float32',
      },
      setBoard({ dtype: 'float32' }),
    );
  }
  if (file) changeNormalisation(board, file, preprocess, source, change, setBoard, setFile);
  return corrections;
}

function changeOrder(
  board: InputSettings['board'],
  file: FilePreprocessing,
  preprocess: Preprocess | undefined,
  change: Change,
  setBoard: SetBoard,
  setFile: SetFile,
): void {
  const present = file.swap ? '2 1 0' : '0 1 2';
  const other = file.swap ? '0 1 2' : '2 1 0';
  if (preprocess === undefined || board.channelOrder === undefined) {
    change(
      {
        fault: 'channels-swapped',
        sentence: `the first and the third channel are exchanged: the model file's reorder is ${present}, and the tensor has the network's own order already`,
        fix: `build the model with reorder_channel '${other}'`,
      },
      setFile({ swap: !file.swap }),
    );
    return;
  }
  const turned = board.channelOrder === 'bgr' ? 'rgb' : 'bgr';
  change(
    {
      fault: 'channels-swapped',
      sentence: `red and blue are exchanged: boardInput.channelOrder is ${board.channelOrder} and the model file's reorder is ${board.passThrough ? 'left out' : present}, but the network takes ${preprocess.channelOrder}`,
      fix: `set boardInput.channelOrder: ${turned}, or build the model with reorder_channel '${other}'`,
    },
    (settings) => {
      const reversed = (value: PerChannel) => (Array.isArray(value) ? value.toReversed() : value);
      const { mean, std } = settings.board;
      return setBoard({ channelOrder: turned, mean: reversed(mean), std: reversed(std) })(settings);
    },
  );
}

const kindOfData = (layout: 'NCHW' | 'NHWC') => (layout === 'NHWC' ? 'interleaved pixels' : 'planes');

function withDeclare(settings: InputSettings, remove: 'dtype' | 'layout'): InputSettings {
  const { [remove]: _, ...declare } = settings.board.declare;
  return { ...settings, board: { ...settings.board, declare } };
}

function* subsets<T>(items: readonly T[], count: number, from = 0): Generator<T[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let i = from; i < items.length; i++) {
    for (const rest of subsets(items, count - 1, i + 1)) yield [items[i]!, ...rest];
  }
}
