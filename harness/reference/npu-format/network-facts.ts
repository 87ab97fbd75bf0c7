import { allocate, type DType } from '../../tensor/dtype.ts';
import { elementCount, tensor, type NamedTensors, type Tensor } from '../../tensor/tensor.ts';
import type { ReferenceEngine } from '../engine.ts';
import { exposeLayers } from '../onnx/expose-layers.ts';
import { dtypeFromOnnx, tensorToOnnx, type OnnxModel, type OnnxNode } from '../onnx/model.ts';
import { writeForEngine } from '../onnx/write-for-engine.ts';
import { ModelConversionError } from './conversion-error.ts';

/** What one run has shown of a tensor. */
export interface TensorFacts {
  readonly dtype: DType;
  /** NumPy order. */
  readonly shape: readonly number[];
}

export type NetworkFacts = ReadonlyMap<string, TensorFacts>;

/** A graph input in NumPy order. */
export interface GraphInput extends TensorFacts {
  readonly name: string;
}

/** The inputs of a prepared graph, in its order. */
export function graphInputs({ graph }: OnnxModel, origin: string): GraphInput[] {
  return graph.input.map(({ name, type }) => {
    const dtype = dtypeFromOnnx(type?.tensorType?.elemType ?? 0);
    if (dtype === undefined) {
      throw new ModelConversionError(origin, `input ${name} has an element type that is not supported`, {
        hint: 'Export the network with inputs of float32 or integers.',
      });
    }
    const shape = type?.tensorType?.shape;
    if (shape === undefined) {
      throw new ModelConversionError(origin, `input ${name} has no shape`, {
        hint: 'Export the network with the shapes of its inputs.',
      });
    }
    return { name, dtype, shape: shape.dim.map(({ dimValue }) => Number(dimValue)) };
  });
}

/**
 * Runs a prepared network once to learn every tensor's type and shape, and replaces what does not depend on the
 * inputs (shape arithmetic, constants that are decoded or reshaped) by its value, in place.
 *
 * @param feeds - A sample of the inputs. Zeros will do where only types and shapes matter, which is everywhere but in
 *   networks whose shapes depend on values.
 *
 * @throws {ModelConversionError} If an output does not depend on the inputs.
 */
export async function establishFacts(
  model: OnnxModel,
  origin: string,
  engine: ReferenceEngine,
  feeds?: NamedTensors,
): Promise<NetworkFacts> {
  const sample = feeds ?? new Map(graphInputs(model, origin).map((input) => [input.name, zeros(input)]));
  return (await observeNetwork(model, origin, engine, sample)).facts;
}

/** As {@link establishFacts}; also hands out every value of the run. */
export async function observeNetwork(
  model: OnnxModel,
  origin: string,
  engine: ReferenceEngine,
  feeds: NamedTensors,
): Promise<{ readonly facts: NetworkFacts; readonly values: NamedTensors }> {
  const values = await runExposed(model, origin, engine, feeds);
  foldConstants(model, values, origin);
  const facts = new Map(
    [...feeds, ...values].map(([name, { dtype, shape }]) => [name, { dtype, shape }] as const),
  );
  return { facts, values };
}

const zeros = ({ dtype, shape }: TensorFacts): Tensor =>
  tensor(dtype, shape, allocate(dtype, elementCount(shape)));

async function runExposed(
  model: OnnxModel,
  origin: string,
  engine: ReferenceEngine,
  feeds: NamedTensors,
): Promise<NamedTensors> {
  const bytes = writeForEngine(exposeLayers(model).model);
  await using exposed = await engine.load(bytes, origin, { optimise: false });
  return await exposed.run(feeds);
}

/** Operators that answer with the shape of their input, which is known once the batch is fixed. */
const shapeReaders = new Set(['Shape', 'Size']);

/** Operators whose answer is another one each time. */
const randomOperators = new Set([
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);

function foldConstants({ graph }: OnnxModel, values: NamedTensors, origin: string): void {
  const constant = new Set(graph.initializer.map(({ name }) => name)).add('');
  const isConstant = ({ opType, input }: OnnxNode) =>
    !randomOperators.has(opType) && (shapeReaders.has(opType) || input.every((name) => constant.has(name)));
  const kept: OnnxNode[] = [];
  for (const node of graph.node) {
    if (isConstant(node)) for (const name of node.output) constant.add(name);
    else kept.push(node);
  }
  const fixed = graph.output.find(({ name }) => constant.has(name));
  if (fixed) {
    throw new ModelConversionError(origin, `output ${fixed.name} does not depend on any input`, {
      hint: 'Leave this output out when the network is exported.',
    });
  }
  const held = new Map(graph.initializer.map((each) => [each.name, each]));
  const read = new Set(kept.flatMap(({ input }) => input));
  read.delete('');
  graph.node = kept;
  graph.initializer = [...constant]
    .filter((name) => read.has(name))
    .map((name) => held.get(name) ?? tensorToOnnx(name, values.get(name)!));
}
