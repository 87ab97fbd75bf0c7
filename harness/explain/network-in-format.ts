import type { Cancellable } from '../cancellable.ts';
import type { ReferenceNetwork } from '../golden/compute-golden.ts';
import { modelFacts } from '../layers/model-storages.ts';
import type { ReferenceEngine, ReferenceModel } from '../reference/engine.ts';
import type { ModelFormat, ValueRange } from '../reference/npu-format/choose-storage.ts';
import { convertNetwork } from '../reference/npu-format/convert-network.ts';
import { encodeValues, type HalfRounding } from '../reference/npu-format/encode-values.ts';
import { graphInputs } from '../reference/npu-format/network-facts.ts';
import { type NpuProgram, roundLayers } from '../reference/npu-format/round-layers.ts';
import type { NpuArithmetic } from '../reference/npu-format/storage-nodes.ts';
import { float32Storage, type TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import { writeOnnx } from '../reference/onnx/model.ts';
import type { RknnTrailer } from '../reference/rknn-file/trailer.ts';
import { dequantise } from '../tensor/dequantise.ts';
import type { NamedTensors, Tensor } from '../tensor/tensor.ts';

export interface FormatRequest {
  readonly engine: ReferenceEngine;
  readonly network: ReferenceNetwork;
  readonly format: ModelFormat;
  /** How float16 weights are made; it is not documented what the vendor's converter does. */
  readonly weights: HalfRounding;
  readonly arithmetic: NpuArithmetic;
  /** Feeds whose ranges choose the formats of layers that the model file does not tell. */
  readonly samples: readonly NamedTensors[];
  /** Description of the board's model file; what it says of formats goes before what is worked out. */
  readonly boardModel?: RknnTrailer | undefined;
}

/** The reference network with the rounding of the board's numeric format after every layer. */
export interface NetworkInFormat extends AsyncDisposable {
  /** Share of the rounded tensors whose format the model file tells, 0 to 1. */
  readonly told: number;
  /** @returns Real values under the names of the reference's outputs. */
  run(feeds: NamedTensors, options: Cancellable): Promise<NamedTensors>;
}

/** @throws {HilError} Owner `spec`: the network cannot be rewritten, or lacks what the calibration needs. */
export async function networkInFormat(request: FormatRequest): Promise<NetworkInFormat> {
  const { engine, network, format, weights, arithmetic, samples, boardModel } = request;
  const described = boardModel && modelFacts(boardModel);
  // A file in another format than the spec says tells nothing about the spec's.
  const facts = described?.format === format ? described : undefined;
  const inputs = facts?.inputs ?? [];
  const converted = await convertNetwork({
    ...network,
    engine,
    format,
    rounding: { weights, bias: 'float32' },
    calibration: (declared) => ({
      samples: () => samples,
      inputRanges: new Map(
        declared.flatMap(({ name }, i) => {
          const range = inputs[i] && rangeOf(inputs[i]);
          return range ? [[name, range] as const] : [];
        }),
      ),
    }),
  });
  const stored =
    facts?.storages(
      converted.model.graph.node.flatMap(({ name: node, output }) => output.map((name) => ({ name, node }))),
    ) ?? new Map<string, TensorStorage>();
  const storageOf = (name: string): TensorStorage =>
    stored.get(name) ?? converted.storages.get(name) ?? float32Storage;
  const inputNames = graphInputs(converted.model, network.origin).map(({ name }) => name);
  const outputNames = converted.model.graph.output.map(({ name }) => name);
  const program: NpuProgram = {
    inputs: inputNames.map((name, i) => inputs[i] ?? storageOf(name)),
    outputs: outputNames.map(storageOf),
    rounded: converted.layers
      .filter(({ moves }) => !moves)
      .flatMap(({ outputs }) => outputs)
      .map((tensor) => ({ tensor, storage: storageOf(tensor) })),
    floatBiases: converted.constants.floatBiases,
  };
  const model = await engine.load(
    writeOnnx(roundLayers(converted.model, program, arithmetic)),
    network.origin,
    { optimise: true, exactGraph: true },
  );
  const told = program.rounded.filter(({ tensor }) => stored.has(tensor)).length / program.rounded.length;
  return {
    told,
    run: (feeds, options) => runInFormat(model, program, inputNames, outputNames, feeds, options),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

async function runInFormat(
  model: ReferenceModel,
  program: NpuProgram,
  inputNames: readonly string[],
  outputNames: readonly string[],
  feeds: NamedTensors,
  options: Cancellable,
): Promise<NamedTensors> {
  const encoded = new Map(
    model.inputs.map(({ name }, i) => {
      const feed = feeds.get(inputNames[i]!)!;
      return [
        name,
        feed.dtype === 'float32'
          ? encodeValues(feed as Tensor<'float32'>, program.inputs[i]!, 'nearest')
          : feed,
      ];
    }),
  );
  const results = [...(await model.run(encoded, options)).values()];
  return new Map(
    outputNames.map((name, i) => [name, dequantise(results[i]!, program.outputs[i]!.quantisation)]),
  );
}

/** What an integer format can hold; nothing for floats. */
function rangeOf({ dtype, quantisation }: TensorStorage): ValueRange | undefined {
  const codes = { uint8: [0, 255], int8: [-128, 127], int16: [-32_768, 32_767] }[dtype as string];
  if (codes === undefined) return undefined;
  const [low, high] = codes as [number, number];
  switch (quantisation.kind) {
    case 'none':
      return undefined;
    case 'affine':
      return {
        min: (low - quantisation.zp) * quantisation.scale,
        max: (high - quantisation.zp) * quantisation.scale,
      };
    case 'dfp':
      return { min: low * 2 ** -quantisation.fl, max: high * 2 ** -quantisation.fl };
  }
}
