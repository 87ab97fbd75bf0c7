import type { Cancellable } from '../../cancellable.ts';
import { dequantise } from '../../tensor/dequantise.ts';
import { notQuantised } from '../../tensor/quantisation.ts';
import type { ReferenceEngine } from '../engine.ts';
import { writeOnnx } from '../onnx/model.ts';
import { readRknn } from '../rknn-file/rknn-file.ts';
import type { RknnTrailer } from '../rknn-file/trailer.ts';
import type { RknnArithmetic } from './arithmetic.ts';
import { loadConverted, type NamedOutput, namedOutput } from './converted-network.ts';
import { importRknnFile, type ImportedRknn } from './import-rknn.ts';
import { type FedInputs, storedInputs } from './stored-inputs.ts';

export interface ConvertedQuestion extends FedInputs {
  /** A whole .rknn file of the vendor's toolkit, not pre-compiled. */
  readonly bytes: Uint8Array;
  /** File the bytes come from, for messages. */
  readonly origin: string;
  readonly engine: ReferenceEngine;
  readonly arithmetic?: Partial<RknnArithmetic> | undefined;
}

export interface ConvertedAnswer {
  /** What the network answers that the converter kept: decoded weights, nothing rounded, fed the same input. */
  readonly float: readonly NamedOutput[];
  /** What the file says: an integer or half network, rounded after each layer. A model of the NPU. */
  readonly converted: readonly NamedOutput[];
}

/**
 * What a converted network answers to a board's input, without the board: the float reference minus this is what the
 * conversion did, this minus the board's answer is what the board did. The input goes the runtime's way into the model:
 * decoded as declared, reordered, mean, std, stored with truncation.
 *
 * @throws {HilError} Owner `spec`: the file is pre-compiled, encrypted or damaged, or has an operator that is not
 *   supported; or an input is declared as something that the runtime does not take.
 */
export async function convertedAnswer(
  question: ConvertedQuestion,
  options: Cancellable = {},
): Promise<ConvertedAnswer> {
  const { bytes, origin, engine, arithmetic } = question;
  const imported = importRknnFile(readRknn(bytes, origin), origin, { arithmetic });
  await using network = await loadConverted(imported, origin, engine, options);
  const { outputs: converted } = await network.answer(question, options);
  return { converted, float: await floatAnswer(imported, question, options) };
}

/** The decoded network takes real values: those that are left of the input once it is stored. */
async function floatAnswer(
  imported: ImportedRknn,
  question: ConvertedQuestion,
  options: Cancellable,
): Promise<NamedOutput[]> {
  const { origin, engine } = question;
  const { trailer, inputs, outputs } = imported;
  const real = storedInputs(trailer, inputs, origin, question).map((each, i) =>
    dequantise(each, inputs[i]!.quantisation),
  );
  await using network = await engine.load(writeOnnx(imported.floatNetwork()), origin, {
    optimise: true,
    exactGraph: true,
    signal: options.signal,
  });
  const results = await network.run(new Map(network.inputs.map(({ name }, i) => [name, real[i]!])), options);
  return [...results.values()].map((result, i) =>
    namedOutput(result, { ...outputs[i]!, quantisation: notQuantised }),
  );
}

/** Whether a file is one of the vendor's toolkit that says what its network is; ours hold another kind of payload. */
export const holdsNetwork = ({ pre_compile, nodes = [], ...rest }: RknnTrailer): boolean =>
  pre_compile !== 1 && nodes.length > 0 && rest['hil_virtual'] === undefined;
