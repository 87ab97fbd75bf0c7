import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import type { Cancellable } from '../../cancellable.ts';
import { dequantise } from '../../tensor/dequantise.ts';
import { notQuantised } from '../../tensor/quantisation.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import type { ReferenceEngine } from '../engine.ts';
import { writeOnnx } from '../onnx/model.ts';
import type { ImportedLayer, ImportedRknn } from './import-rknn.ts';
import { type FedInputs, storedInputs } from './stored-inputs.ts';

/** Real values, under the name that the runtime gives them. */
export interface NamedOutput {
  readonly name: string;
  readonly tensor: Tensor<'float32'>;
}

/** The network of a .rknn file as the file says it is, loaded once for many inputs. A model of the NPU. */
export interface ConvertedNetwork extends AsyncDisposable {
  /** @throws {HilError} Owner `spec`: an input is declared as something that the runtime does not take. */
  answer(fed: FedInputs, options?: Cancellable): Promise<ConvertedRun>;
}

export interface ConvertedRun {
  readonly outputs: readonly NamedOutput[];
  /** Results of all layers in execution order, in the file's shapes; empty unless they were asked for. */
  readonly layers: readonly (NamedOutput & { readonly layer: ImportedLayer })[];
}

/** @param revealLayers - Results of inner layers are wanted too. */
export async function loadConverted(
  imported: ImportedRknn,
  origin: string,
  engine: ReferenceEngine,
  { signal, revealLayers = false }: Cancellable & { readonly revealLayers?: boolean } = {},
): Promise<ConvertedNetwork> {
  const { trailer, inputs, outputs } = imported;
  const revealed = revealLayers
    ? imported.layers.flatMap((layer) => layer.outputs.map(({ name }) => ({ layer, name })))
    : [];
  const model = imported.convertedNetwork(
    revealLayers ? { reveal: revealed.map(({ name }) => name) } : undefined,
  );
  const network = await engine.load(writeOnnx(model), origin, { optimise: true, exactGraph: true, signal });
  return {
    async answer(fed, options = {}) {
      const stored = storedInputs(trailer, inputs, origin, fed);
      const results = await network.run(
        new Map(network.inputs.map(({ name }, i) => [name, stored[i]!])),
        options,
      );
      const values = [...results.values()];
      return {
        outputs: outputs.map((attribute, i) => namedOutput(values[i]!, attribute)),
        layers: revealed.map(({ layer, name }) => ({
          layer,
          name,
          tensor: dequantise(results.get(name)!, notQuantised),
        })),
      };
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

export const namedOutput = (
  result: Tensor,
  { name, shape, quantisation }: Pick<TensorAttribute, 'name' | 'shape' | 'quantisation'>,
): NamedOutput => ({ name, tensor: tensor('float32', shape, dequantise(result, quantisation).data) });
