import { HilError } from '../../../harness/hil-error.ts';
import type { ReferenceEngine, ReferenceModel } from '../../../harness/reference/engine.ts';
import { writeOnnx, type OnnxModel } from '../../../harness/reference/onnx/model.ts';
import type { NamedTensors } from '../../../harness/tensor/tensor.ts';
import { VendorFailure } from '../npu.ts';
import { initFailure } from './load-model.ts';
import { vendorCode } from './vendor-code.ts';

type Print = (line: string) => void;

/** Prepares a rounded network. @throws {VendorFailure} If the engine refuses it; its words are printed. */
export async function loadNetwork(
  engine: ReferenceEngine,
  network: OnnxModel,
  print: Print,
): Promise<ReferenceModel> {
  try {
    return await engine.load(writeOnnx(network), 'the payload', { optimise: true, exactGraph: true });
  } catch (error) {
    if (!(error instanceof HilError)) throw error;
    print(`virtual board: ${error.message}`);
    throw initFailure(vendorCode.fail, print);
  }
}

/** Runs it once. @throws {VendorFailure} If the engine fails; its words are printed. */
export async function runNetwork(
  network: ReferenceModel,
  feeds: NamedTensors,
  print: Print,
): Promise<NamedTensors> {
  try {
    return await network.run(feeds);
  } catch (error) {
    if (!(error instanceof HilError)) throw error;
    throw runFailure(error.message, print);
  }
}

export function runFailure(reason: string, print: Print): VendorFailure {
  print(`virtual board: ${reason}`);
  print('Run graph fail');
  return new VendorFailure('rknn_run', vendorCode.fail);
}
