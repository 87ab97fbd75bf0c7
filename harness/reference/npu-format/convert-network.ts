import type { NamedTensors } from '../../tensor/tensor.ts';
import type { ReferenceEngine } from '../engine.ts';
import { makeValueInfo, readOnnx, type OnnxModel } from '../onnx/model.ts';
import { assignStorage } from './assign-storage.ts';
import type { ModelFormat, ValueRange } from './choose-storage.ts';
import { CalibrationError } from './conversion-error.ts';
import { convertConstants, type ConstantRounding, type ConvertedConstants } from './convert-constants.ts';
import { findLayers, type Layer } from './find-layers.ts';
import { foldAffine } from './fold-affine.ts';
import { measureRanges } from './measure-ranges.ts';
import { establishFacts, graphInputs, type GraphInput, type NetworkFacts } from './network-facts.ts';
import { prepareGraph } from './prepare-graph.ts';
import type { TensorStorage } from './tensor-storage.ts';

export interface ConversionRequest {
  /** A whole ONNX model. */
  readonly bytes: Uint8Array;
  /** File the bytes come from, for messages. */
  readonly origin: string;
  readonly engine: ReferenceEngine;
  readonly format: ModelFormat;
  readonly rounding: ConstantRounding;
  /**
   * Makes the calibration set for these inputs. Quantised formats need it; for others its first run shows the shapes of
   * tensors, where they depend on the inputs' values.
   */
  readonly calibration?: ((inputs: readonly GraphInput[]) => Calibration) | undefined;
}

export interface Calibration {
  /** Feeds of one run each, from the first on at every call. */
  samples(): AsyncIterable<NamedTensors> | Iterable<NamedTensors>;
  /** Ranges that inputs have whatever the samples show, by name. */
  readonly inputRanges: ReadonlyMap<string, ValueRange>;
}

/** A network in the NPU's numeric formats: stored constants, and where which format applies. */
export interface ConvertedNetwork {
  /** Decodes its constants and computes in float32; no layer is rounded yet. */
  readonly model: OnnxModel;
  readonly facts: NetworkFacts;
  readonly layers: readonly Layer[];
  /** Of every floating-point tensor, and of the network's inputs and outputs. */
  readonly storages: ReadonlyMap<string, TensorStorage>;
  readonly constants: ConvertedConstants;
}

/**
 * Converts a float network as the vendor's toolkit does: folds BatchNormalization into weights, finds the layers that
 * the driver fuses, calibrates, chooses formats, converts constants.
 *
 * @throws {HilError} Owner `spec`: the file, its operators or the calibration data do not allow it.
 */
export async function convertNetwork(request: ConversionRequest): Promise<ConvertedNetwork> {
  const { bytes, origin, engine, format, rounding } = request;
  const model = readOnnx(bytes, origin);
  prepareGraph(model, origin);
  const inputs = graphInputs(model, origin);
  const calibration = request.calibration?.(inputs);
  const facts = await establishFacts(model, origin, engine, await firstSample(calibration));
  foldAffine(model, facts, origin);
  const layers = findLayers(model, facts);
  const ranges =
    format === 'fp16'
      ? new Map<string, ValueRange>()
      : await calibrate(model, request, inputs, layers, calibration);
  const storages = assignStorage(model, layers, facts, format, ranges);
  const constants = convertConstants(model, layers, storages, format, rounding, origin);
  model.graph.output = model.graph.output.map(({ name }) => {
    const { dtype, shape } = facts.get(name)!;
    return makeValueInfo(name, dtype, shape);
  });
  return { model, facts, layers, storages, constants };
}

async function firstSample(calibration: Calibration | undefined): Promise<NamedTensors | undefined> {
  for await (const sample of calibration?.samples() ?? []) return sample;
  return undefined;
}

async function calibrate(
  model: OnnxModel,
  { origin, engine, format }: ConversionRequest,
  inputs: readonly GraphInput[],
  layers: readonly Layer[],
  calibration: Calibration | undefined,
): Promise<Map<string, ValueRange>> {
  if (!calibration) {
    throw new CalibrationError(
      origin,
      `format ${format} needs calibration data and there are none`,
      'List pictures or .npy files under dataset, or set do_quantization to false for float16.',
    );
  }
  const names = [
    ...inputs.filter(({ dtype }) => dtype === 'float32').map(({ name }) => name),
    ...layers.flatMap(({ moves, outputs }) => (moves ? [] : outputs)),
  ];
  const ranges = await measureRanges(model, origin, engine, names, calibration.samples());
  for (const [name, range] of calibration.inputRanges) {
    const measured = ranges.get(name);
    if (measured) {
      ranges.set(name, { min: Math.min(range.min, measured.min), max: Math.max(range.max, measured.max) });
    }
  }
  return ranges;
}
