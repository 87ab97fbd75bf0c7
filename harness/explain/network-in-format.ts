import { z } from 'zod';
import type { Cancellable } from '../cancellable.ts';
import type { ReferenceNetwork } from '../golden/compute-golden.ts';
import type { ReferenceEngine, ReferenceModel } from '../reference/engine.ts';
import type { ModelFormat, ValueRange } from '../reference/npu-format/choose-storage.ts';
import { convertNetwork } from '../reference/npu-format/convert-network.ts';
import { encodeValues, type HalfRounding } from '../reference/npu-format/encode-values.ts';
import { graphInputs } from '../reference/npu-format/network-facts.ts';
import { type NpuProgram, roundLayers } from '../reference/npu-format/round-layers.ts';
import type { NpuArithmetic } from '../reference/npu-format/storage-nodes.ts';
import { float32Storage, type TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import { writeOnnx } from '../reference/onnx/model.ts';
import { storageFromRknn } from '../reference/rknn-file/tensor-attributes.ts';
import { rknnDtypeSchema, type RknnTrailer } from '../reference/rknn-file/trailer.ts';
import { dequantise } from '../tensor/dequantise.ts';
import type { NamedTensors, Tensor } from '../tensor/tensor.ts';

export interface FormatRequest {
  readonly engine: ReferenceEngine;
  readonly network: ReferenceNetwork;
  readonly format: ModelFormat;
  /** How float16 weights are made; it is not documented what the vendor's converter does. */
  readonly weights: HalfRounding;
  readonly arithmetic: NpuArithmetic;
  /** Feeds whose ranges choose the formats of layers that `stored` does not name. */
  readonly samples: readonly NamedTensors[];
  /** Formats that are known, by name of the tensor; see {@link storedFormats}. */
  readonly stored: ReadonlyMap<string, TensorStorage>;
  /** Formats of the inputs, in the model's order, where the model file tells. */
  readonly inputs: readonly TensorStorage[];
}

/** The reference network with the rounding of the board's numeric format after every layer. */
export interface NetworkInFormat extends AsyncDisposable {
  /** @returns Real values under the names of the reference's outputs. */
  run(feeds: NamedTensors, options: Cancellable): Promise<NamedTensors>;
}

/** @throws {HilError} Owner `spec`: the network cannot be rewritten, or lacks what the calibration needs. */
export async function networkInFormat(request: FormatRequest): Promise<NetworkInFormat> {
  const { engine, network, format, weights, arithmetic, samples, stored, inputs } = request;
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
  return {
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

const layersSchema = z.looseObject({
  layers: z.array(
    z.looseObject({
      outputs: z.array(z.looseObject({ tensor: z.string(), dtype: rknnDtypeSchema })),
    }),
  ),
});

/** Formats of layer outputs by tensor name, where a model file tells them: files for the virtual board do. */
export function storedFormats(trailer: RknnTrailer): ReadonlyMap<string, TensorStorage> {
  const section = layersSchema.safeParse(trailer['hil_virtual']);
  if (!section.success) return new Map();
  return new Map(
    section.data.layers
      .flatMap(({ outputs }) => outputs)
      .map(({ tensor, dtype }) => [tensor, storageFromRknn(dtype, `layer ${tensor}`)]),
  );
}
