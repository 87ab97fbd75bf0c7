import type { BoardInput } from '../../board/session.ts';
import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { runtimePreprocessing } from '../rknn-file/runtime-preprocessing.ts';
import type { RknnTrailer } from '../rknn-file/trailer.ts';
import { InputConverter, isVendorDType } from '../runtime-input/input-conversion.ts';
import { RknnImportError } from './import-error.ts';

export interface FedInputs {
  /** What the board is fed, as it is declared to the runtime; one for each input of the model. */
  readonly inputs: readonly BoardInput[];
  /** One-channel u8 inputs may go through the runtime's fixed-point path; so they do since 1.7.1. */
  readonly oneChannelFixedPoint?: boolean | undefined;
}

/**
 * The model's input tensors as the runtime fills them.
 *
 * @throws {RknnImportError} An input is missing, or declared as something that the runtime does not take.
 */
export function storedInputs(
  trailer: RknnTrailer,
  attributes: readonly TensorAttribute[],
  origin: string,
  { inputs, oneChannelFixedPoint = true }: FedInputs,
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
