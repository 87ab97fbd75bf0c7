import type { BoardInput, BoardOutput, LayerOutput } from '../../../harness/board/session.ts';
import type { TensorAttribute } from '../../../harness/board/tensor-attribute.ts';
import type { ReferenceEngine, ReferenceModel } from '../../../harness/reference/engine.ts';
import { allocate } from '../../../harness/tensor/dtype.ts';
import {
  elementCount,
  formatShape,
  tensor,
  type NamedTensors,
  type Tensor,
} from '../../../harness/tensor/tensor.ts';
import { VendorFailure, type NpuContext, type NpuRun } from '../npu.ts';
import {
  InputConverter,
  isVendorDType,
  type Log,
} from '../../../harness/reference/runtime-input/input-conversion.ts';
import {
  runtimePreprocessing,
  type RuntimePreprocessing,
} from '../../../harness/reference/rknn-file/runtime-preprocessing.ts';
import { LayerDump } from './layer-dump.ts';
import type { VirtualModel } from './load-model.ts';
import { runFailure, runNetwork } from './network.ts';
import type { NpuPersonality } from './personality.ts';
import type { Turns } from './turns.ts';
import { vendorCode } from './vendor-code.ts';

export interface ContextParts {
  readonly engine: ReferenceEngine;
  readonly personality: NpuPersonality;
  readonly logLevel: number;
  readonly turns: Turns;
  readonly model: VirtualModel;
  /** The model's network with the NPU's arithmetic in it, ready to run. Owned by the context. */
  readonly network: ReferenceModel;
}

type Print = (line: string) => void;

/** The most means that the runtime has room for, per input. */
const maxMeans = 128;

/** A model in the simulated NPU. */
export class SimulatedContext implements NpuContext {
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  readonly #parts: ContextParts;
  readonly #preprocessing: readonly RuntimePreprocessing[];
  readonly #converters = new Map<string, InputConverter>();
  /** What the input tensors hold; an input that is not set keeps it. */
  readonly #held: Tensor[];
  #dump: LayerDump | undefined;

  constructor(parts: ContextParts) {
    const { inputs, outputs, trailer } = parts.model;
    this.inputs = inputs;
    this.outputs = outputs;
    this.#parts = parts;
    this.#preprocessing = runtimePreprocessing(trailer);
    this.#held = inputs.map(({ dtype, shape }) => tensor(dtype, shape, allocate(dtype, elementCount(shape))));
  }

  setInputs(inputs: readonly BoardInput[], print: Print): Promise<void> {
    return this.#parts.turns.take(async () => this.#setInputs(inputs, print));
  }

  run(inputs: readonly BoardInput[], print: Print): Promise<NpuRun> {
    const { turns, network } = this.#parts;
    return turns.take(async () => {
      this.#setInputs(inputs, print);
      const feeds = this.#feeds(network);
      const start = performance.now();
      const results = await runNetwork(network, feeds, print);
      const npuTimeUs = Math.round((performance.now() - start) * 1000);
      return {
        outputs: [...results.values()].map((result, i) => this.#outputOf(result, i, print)),
        npuTimeUs,
      };
    });
  }

  layers(inputs: readonly BoardInput[], print: Print): Promise<readonly LayerOutput[]> {
    const { turns, engine, model, personality } = this.#parts;
    return turns.take(async () => {
      this.#setInputs(inputs, print);
      this.#dump ??= await LayerDump.prepare(engine, model, personality, print);
      return this.#dump.write(this.#feeds(this.#dump.network), print);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { turns, network } = this.#parts;
    await turns.take(async () => {
      await network[Symbol.asyncDispose]();
      await this.#dump?.network[Symbol.asyncDispose]();
    });
  }

  #setInputs(inputs: readonly BoardInput[], print: Print): void {
    if (inputs.length === 0) return;
    const log: Log = (level, line) => {
      if (level <= this.#parts.logLevel) print(line);
    };
    const refuse = (status: number) => new VendorFailure('rknn_inputs_set', status);
    if (inputs.length !== this.inputs.length) {
      log(2, `virtual board: ${inputs.length} inputs are set, the model has ${this.inputs.length}`);
    }
    inputs.forEach((input, position) => {
      const { index, dtype } = input;
      if (this.inputs[index] === undefined) throw refuse(vendorCode.fail);
      if (!isVendorDType(dtype)) throw refuse(vendorCode.inputInvalid);
      this.#held[index] = this.#converterFor(index, position).convert({ ...input, dtype }, position, log);
    });
  }

  /** Where a tensor goes is said by `index`; with which numbers it is converted, by its place in the list. */
  #converterFor(index: number, position: number): InputConverter {
    const key = `${index} ${position}`;
    const known = this.#converters.get(key);
    if (known) return known;
    const preprocessing = this.#preprocessing[position] ?? this.#preprocessing[index];
    if (!preprocessing || preprocessing.meanCount === 0 || preprocessing.meanCount > maxMeans) {
      throw new VendorFailure('rknn_inputs_set', vendorCode.modelInvalid);
    }
    const converter = new InputConverter({
      attribute: this.inputs[index]!,
      preprocessing,
      optimizationLevel: this.#parts.model.trailer.optimization_level ?? 0,
      oneChannelFixedPoint: this.#parts.personality.oneChannelFixedPoint,
    });
    this.#converters.set(key, converter);
    return converter;
  }

  /** The engine insists on the network's own shape, which may be a scalar's. */
  #feeds({ inputs }: ReferenceModel): NamedTensors {
    return new Map(
      inputs.map(({ name, shape }, i) => {
        const { dtype, data } = this.#held[i]!;
        return [name, tensor(dtype, shape.map(Number), data)];
      }),
    );
  }

  #outputOf({ dtype, shape, data }: Tensor, index: number, print: Print): BoardOutput {
    const attribute = this.outputs[index]!;
    if (dtype !== attribute.dtype || data.length !== elementCount(attribute.shape)) {
      throw runFailure(
        `output ${attribute.name} came out as ${dtype} ${formatShape(shape)}, the model says ${attribute.dtype} ${formatShape(attribute.shape)}`,
        print,
      );
    }
    return { attribute, tensor: tensor(dtype, attribute.shape, data) };
  }
}
