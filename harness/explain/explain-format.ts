import type { NamedTensors } from '../tensor/tensor.ts';
import type { Cancellable } from '../cancellable.ts';
import type { HalfRounding } from '../reference/npu-format/encode-values.ts';
import type { Yardstick } from './answer-distance.ts';
import type { FormatFinding } from './explanation.ts';
import { type FormatRequest, networkInFormat } from './network-in-format.ts';

export interface FormatQuestion extends Omit<FormatRequest, 'weights'> {
  readonly feeds: NamedTensors;
  readonly golden: NamedTensors;
  readonly board: NamedTensors;
  readonly yardstick: Yardstick;
  /** What the board's model file answers by itself, where it can be computed; then nothing has to be guessed. */
  readonly ofFile?: NamedTensors | undefined;
}

/** The board may be so much farther off than the rewritten network, whose sums are float32 and whose weights are a guess. */
const allowance = 2;

/**
 * What the board's numeric format alone does to this input: the reference with the format's rounding after each layer.
 * Float16 networks are computed with weights to nearest and with truncated ones, since nobody knows what the vendor's
 * converter does.
 *
 * @throws {HilError} Owner `spec`: the network cannot be rewritten.
 */
export async function explainFormat(
  question: FormatQuestion,
  { signal }: Cancellable,
): Promise<FormatFinding | undefined> {
  const { format, feeds, golden, board, yardstick, ofFile } = question;
  if (ofFile) return findingOfFile(question, ofFile);
  const roundings: readonly HalfRounding[] = format === 'fp16' ? ['nearest', 'truncate'] : ['nearest'];
  const variants: {
    readonly answer: NamedTensors;
    readonly rounding: HalfRounding;
    readonly told: number;
    readonly distance: number;
  }[] = [];
  for (const rounding of roundings) {
    signal?.throwIfAborted();
    await using network = await networkInFormat({ ...question, weights: rounding });
    const answer = await network.run(feeds, { signal });
    const distance = yardstick.distance(golden, answer);
    if (!Number.isNaN(distance)) variants.push({ answer, rounding, told: network.told, distance });
  }
  const boardDistance = yardstick.distance(golden, board);
  const explaining = variants.filter(({ distance }) => boardDistance <= allowance * distance);
  const toBoard = ({ answer }: { readonly answer: NamedTensors }) => yardstick.distance(answer, board);
  // Where neither is enough the larger one is told: it is what the format could take at most.
  const [best] =
    explaining.length > 0
      ? explaining.toSorted((a, b) => toBoard(a) - toBoard(b))
      : variants.toSorted((a, b) => b.distance - a.distance);
  if (best === undefined) return undefined;
  const { distance } = best;
  return {
    format,
    output: yardstick.output,
    unit: yardstick.unit,
    distance,
    boardDistance,
    golden: yardstick.shown(golden),
    inFormat: yardstick.shown(best.answer),
    board: yardstick.shown(board),
    explains: explaining.length > 0,
    basis: basisOf(best, question, explaining.length > 0),
  };
}

function findingOfFile(
  { format, golden, board, yardstick }: FormatQuestion,
  answer: NamedTensors,
): FormatFinding | undefined {
  const distance = yardstick.distance(golden, answer);
  const boardDistance = yardstick.distance(golden, board);
  if (Number.isNaN(distance)) return undefined;
  return {
    format,
    output: yardstick.output,
    unit: yardstick.unit,
    distance,
    boardDistance,
    golden: yardstick.shown(golden),
    inFormat: yardstick.shown(answer),
    board: yardstick.shown(board),
    explains: boardDistance <= allowance * distance,
    basis: 'the model file itself, computed in its own formats by a model of the NPU',
    ofFile: { boardAdds: yardstick.distance(answer, board) },
  };
}

function basisOf(
  { rounding, told }: { readonly rounding: HalfRounding; readonly told: number },
  { format, samples }: FormatQuestion,
  explains: boolean,
): string {
  const sums = 'every layer’s output rounded, sums in float32';
  if (format === 'fp16') {
    const weights = rounding === 'nearest' ? 'rounded to nearest' : 'truncated';
    return `${sums}, weights ${weights} (${explains ? 'nearer to the board' : 'farther off'} than the other way)`;
  }
  if (told > 0.9) return `${sums}, with the scales that the model file names`;
  const on = samples.length === 1 ? 'this input alone' : `${samples.length} inputs of the spec`;
  return `${sums}, scales calibrated on ${on}: the board’s own differ`;
}
