import type { BoardInput, BoardOutput, LayerOutput } from '../../../harness/board/session.ts';
import type { TensorAttribute } from '../../../harness/board/tensor-attribute.ts';
import { notQuantised } from '../../../harness/tensor/quantisation.ts';
import { tensor } from '../../../harness/tensor/tensor.ts';
import { type Npu, type NpuContext, type NpuRun, VendorFailure } from '../npu.ts';

/** A model of the {@link FakeNpu}: as many input bytes as said, as many output bytes, in a file of at least this size. */
export const fakeModel = (inputBytes: number, outputBytes: number, fileBytes = 0): Uint8Array =>
  Buffer.from(`FAKE ${inputBytes} ${outputBytes}`.padEnd(fileBytes), 'latin1');

/**
 * An NPU for tests of everything around it: output byte i is input byte (i mod input length) plus 1, modulo 256. Takes
 * the models of {@link fakeModel}, refuses all others as the vendor's loader does, and prints as it does.
 */
export class FakeNpu implements Npu {
  readonly apiVersion = 'librknn_runtime version 1.7.5 (fake build: 2023-07-18 10:48:49)';
  readonly driverVersion = '6.4.6.5.351518';
  /** Contexts that are open: 0 once everything was given back. */
  openContexts = 0;

  async init(model: Uint8Array, print: (line: string) => void): Promise<NpuContext> {
    print(this.apiVersion);
    const sizes = /^FAKE (\d+) (\d+) *$/.exec(Buffer.from(model).toString('latin1'));
    if (sizes === null) {
      print('Create RKNN model fail, error=-6');
      throw new VendorFailure('rknn_init', -6);
    }
    this.openContexts++;
    return new FakeContext(Number(sizes[1]), Number(sizes[2]), () => this.openContexts--);
  }
}

class FakeContext implements NpuContext {
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  readonly #close: () => void;
  #held: BoardInput | undefined;

  constructor(inputBytes: number, outputBytes: number, close: () => void) {
    this.inputs = [bytesAttribute('in', inputBytes)];
    this.outputs = [bytesAttribute('out', outputBytes)];
    this.#close = close;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  async setInputs([input]: readonly BoardInput[]): Promise<void> {
    if (input) this.#held = { ...input, bytes: Uint8Array.from(input.bytes) };
  }

  async run(inputs: readonly BoardInput[], print: (line: string) => void): Promise<NpuRun> {
    await this.setInputs(inputs);
    const input = this.#held;
    if (input === undefined || input.bytes.length === 0) {
      print('Run graph fail');
      throw new VendorFailure('rknn_run', -1);
    }
    const attribute = this.outputs[0]!;
    const outputs: BoardOutput[] = [{ attribute, tensor: addOne(input.bytes, attribute.sizeBytes) }];
    return { outputs, npuTimeUs: 1000 };
  }

  async layers(inputs: readonly BoardInput[]): Promise<readonly LayerOutput[]> {
    await this.setInputs(inputs);
    const bytes = this.#held?.bytes ?? new Uint8Array(0);
    const sizes = Array.from({ length: 12 }, (_, position) => (position + 1) * 10);
    return sizes.map((size, position) => ({
      name: `NodeID_${position}_FakeLayer_w_${size}_h_1_d_1_batchID_0_out_0.txt`,
      tensor: addOne(bytes, size),
    }));
  }
}

const bytesAttribute = (name: string, sizeBytes: number): TensorAttribute => ({
  index: 0,
  name,
  shape: [1, sizeBytes],
  dtype: 'uint8',
  layout: 'NCHW',
  quantisation: notQuantised,
  sizeBytes,
});

function addOne(bytes: Uint8Array, size: number): BoardOutput['tensor'] {
  const output = new Uint8Array(size);
  for (let i = 0; i < size; i++) output[i] = bytes[i % bytes.length]! + 1;
  return tensor('uint8', [1, size], output);
}
