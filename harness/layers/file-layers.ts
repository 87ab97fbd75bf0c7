import type { Cancellable } from '../cancellable.ts';
import { HilError } from '../hil-error.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import type { RknnFile } from '../reference/rknn-file/rknn-file.ts';
import { tensorAttributes } from '../reference/rknn-file/tensor-attributes.ts';
import { arithmeticOfSdk } from '../reference/rknn/arithmetic.ts';
import { holdsNetwork } from '../reference/rknn/converted-answer.ts';
import { loadConverted } from '../reference/rknn/converted-network.ts';
import { type ImportedLayer, importRknnFile } from '../reference/rknn/import-rknn.ts';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import type { DumpedLayer } from './dump/dumped-layer.ts';
import { arrange } from './mapping/element-order.ts';
import type { CandidateValue } from './mapping/candidate-value.ts';
import { mapLayers } from './mapping/map-layers.ts';

/** What the layers of the board's model file give for an input, as the file says them; computed by a model of the NPU. */
export interface FileLayers {
  readonly layers: readonly DumpedLayer[];
  /** Why there are none. */
  readonly remark?: string | undefined;
}

/**
 * Feeds a model file's own network as the board is fed.
 *
 * @returns undefined where the file holds no network: pre-compiled, or one of our own.
 */
export async function fileLayers(
  {
    file,
    origin,
    sdk,
    prepared,
    engine,
  }: {
    readonly file: RknnFile;
    /** For messages. */
    readonly origin: string;
    readonly sdk: string;
    readonly prepared: PreparedInput;
    readonly engine: ReferenceEngine;
  },
  { signal }: Cancellable,
): Promise<FileLayers | undefined> {
  const { trailer } = file;
  if (!holdsNetwork(trailer)) return undefined;
  try {
    const imported = importRknnFile(file, origin, { arithmetic: arithmeticOfSdk(sdk) });
    await using network = await loadConverted(imported, origin, engine, { signal, revealLayers: true });
    const inputs = prepared.boardInputs(tensorAttributes(trailer, 'input', origin));
    const { layers } = await network.answer({ inputs }, { signal });
    const nodeNames = (trailer.nodes ?? []).map(({ name }) => name);
    return {
      layers: layers.map(({ layer, name, tensor: { shape, data } }) =>
        asDumped(layer, name, nodeNames[layer.nodes.at(-1)!], shape, data),
      ),
    };
  } catch (error) {
    if (!(error instanceof HilError)) throw error;
    return {
      layers: [],
      remark: `What the layers of ${origin} give by themselves is unknown: ${error.message}.`,
    };
  }
}

/** The file's values by the reference's values that they are, in its shapes. */
export function fileValues(
  { layers }: FileLayers,
  values: readonly CandidateValue[],
): Map<string, Tensor<'float32'>> {
  return new Map(
    mapLayers(layers, values).map(({ dump, value, order }) => {
      const { name, value: wanted } = values[value]!;
      return [name, tensor('float32', wanted.shape, arrange(layers[dump]!.values, wanted.shape, order).data)];
    }),
  );
}

/** Drivers' classes of nodes, as far as the mapping goes by them. */
const classes: Readonly<Record<string, string>> = {
  CONV2D: 'Convolution',
  GROUPED_CONV2D: 'Convolution',
  DECONVOLUTION: 'Convolution',
  FCL: 'FullyConnected',
  FCL2: 'FullyConnected',
  POOL: 'Pooling',
};

function asDumped(
  { ops: [op = ''] }: ImportedLayer,
  name: string,
  layerName: string | undefined,
  shape: readonly number[],
  values: Float32Array,
): DumpedLayer {
  const [depth = 1, height = 1, width = 1] = shape.slice(1);
  return {
    names: [name],
    layerName,
    kind: classes[op] ?? op,
    width,
    height,
    depth,
    out: 0,
    // The file's tensors are planes, as its description lists their sizes.
    interleaved: false,
    values,
  };
}
