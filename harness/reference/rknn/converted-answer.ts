import type { BoardInput } from '../../board/session.ts';
import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import type { Cancellable } from '../../cancellable.ts';
import { dequantise } from '../../tensor/dequantise.ts';
import { notQuantised } from '../../tensor/quantisation.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import type { ReferenceEngine } from '../engine.ts';
import { writeOnnx, type OnnxModel } from '../onnx/model.ts';
import { readRknn } from '../rknn-file/rknn-file.ts';
import type { RknnTrailer } from '../rknn-file/trailer.ts';
import { runtimePreprocessing } from '../rknn-file/runtime-preprocessing.ts';
import { InputConverter, isVendorDType } from '../runtime-input/input-conversion.ts';
import type { RknnArithmetic } from './arithmetic.ts';
import { RknnImportError } from './import-error.ts';
import { importRknnFile } from './import-rknn.ts';

export interface ConvertedQuestion {
  /** A whole .rknn file of the vendor's toolkit, not pre-compiled. */
  readonly bytes: Uint8Array;
  /** File the bytes come from, for messages. */
  readonly origin: string;
  readonly engine: ReferenceEngine;
  /** What the board is fed, as it is declared to the runtime; one for each input of the model. */
  readonly inputs: readonly BoardInput[];
  readonly arithmetic?: Partial<RknnArithmetic> | undefined;
  /** One-channel u8 inputs may go through the runtime's fixed-point path; so they do since 1.7.1. */
  readonly oneChannelFixedPoint?: boolean | undefined;
}

export interface ConvertedAnswer {
  /** What the network answers that the converter kept: decoded weights, nothing rounded, fed the same input. */
  readonly float: readonly NamedOutput[];
  /** What the file says: an integer or half network, rounded after each layer. A model of the NPU. */
  readonly converted: readonly NamedOutput[];
}

/** Real values, under the name that the runtime gives them. */
export interface NamedOutput {
  readonly name: string;
  readonly tensor: Tensor<'float32'>;
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
  const file = readRknn(bytes, origin);
  const { inputs, outputs, ...imported } = importRknnFile(file, origin, { arithmetic });
  const stored = storedInputs(file.trailer, inputs, question);
  const real = stored.map((each, i) => dequantise(each, inputs[i]!.quantisation));
  const converted = await runOnce(imported.convertedNetwork(), stored);
  const float = await runOnce(imported.floatNetwork(), real);
  return {
    converted: converted.map((result, i) => named(result, outputs[i]!)),
    float: float.map((result, i) => named(result, { ...outputs[i]!, quantisation: notQuantised })),
  };

  async function runOnce(model: OnnxModel, feeds: readonly Tensor[]): Promise<Tensor[]> {
    const { signal } = options;
    await using network = await engine.load(writeOnnx(model), origin, {
      optimise: true,
      exactGraph: true,
      signal,
    });
    const results = await network.run(
      new Map(network.inputs.map(({ name }, i) => [name, feeds[i]!])),
      options,
    );
    return [...results.values()];
  }
}

/** Whether a file is one of the vendor's toolkit that says what its network is; ours hold another kind of payload. */
export const holdsNetwork = ({ pre_compile, nodes = [], ...rest }: RknnTrailer): boolean =>
  pre_compile !== 1 && nodes.length > 0 && rest['hil_virtual'] === undefined;

const named = (result: Tensor, { name, shape, quantisation }: TensorAttribute): NamedOutput => ({
  name,
  tensor: tensor('float32', shape, dequantise(result, quantisation).data),
});

/** The model's input tensors as the runtime fills them. */
function storedInputs(
  trailer: RknnTrailer,
  attributes: readonly TensorAttribute[],
  { origin, inputs, oneChannelFixedPoint = true }: ConvertedQuestion,
): Tensor[] {
  const preprocessing = runtimePreprocessing(trailer);
  return attributes.map((attribute, index) => {
    const input = inputs.find((each) => each.index === index);
    if (!input || !isVendorDType(input.dtype)) {
      throw new RknnImportError(origin, `input ${index} is fed ${input?.dtype ?? 'nothing'}`, {
        hint: 'Declare each input as float32, float16, int16, int8 or uint8 in boardInput.',
      });
    }
    const converter = new InputConverter({
      attribute,
      preprocessing: preprocessing[index] ?? { mean: [], std: [], meanCount: 0, reorder: [] },
      optimizationLevel: trailer.optimization_level ?? 0,
      oneChannelFixedPoint,
    });
    return converter.convert({ ...input, dtype: input.dtype }, index, () => undefined);
  });
}
