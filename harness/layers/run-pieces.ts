import type { ReferenceEngine } from '../reference/engine.ts';
import { writeForEngine } from '../reference/onnx/write-for-engine.ts';
import { bytesOf, elementsOf } from '../tensor/dtype.ts';
import { tensor, type NamedTensors, type Tensor } from '../tensor/tensor.ts';
import { cutNetwork } from './cut-network.ts';
import type { FormatNetwork } from './format-network.ts';
import type { CandidateValue } from './mapping/candidate-value.ts';
import type { ReferenceNetwork } from './reference-network.ts';
import { sideBySide, type Side } from './side-by-side.ts';

/** A layer whose dump was found. */
export interface MappedLayer {
  readonly value: CandidateValue;
  /** In the value's shape. */
  readonly board: Tensor<'float32'>;
}

/** Values of the mapped layers, in their order. */
type Values = readonly Tensor<'float32'>[];

export interface PieceValues {
  /** What the reference gives for the board's own inputs to each layer. */
  readonly isolated: Values;
  /** The same in the board's format, and what that format gives when every layer is fed by its own layers before. */
  readonly expected?: { readonly cumulative: Values; readonly isolated: Values } | undefined;
}

const [alone, rounded, roundedAlone] = ['alone:', 'rounded:', 'rounded-alone:'];

/** Computes every piece between mapped layers from what the board gave before it, in one execution of the engine. */
export async function runPieces(
  reference: ReferenceNetwork,
  converted: FormatNetwork | undefined,
  mapped: readonly MappedLayer[],
  engine: ReferenceEngine,
  signal: AbortSignal | undefined,
): Promise<PieceValues> {
  const outputs = new Map(mapped.map(({ value }) => [value.name, value.value.shape] as const));
  if (outputs.size === 0) {
    return { isolated: [], ...(converted ? { expected: { cumulative: [], isolated: [] } } : {}) };
  }
  const cut = cutNetwork(reference.model, outputs);
  const first: Side = { prefix: alone, model: cut.model, outputs };
  const others: Side[] = converted
    ? [
        { prefix: rounded, model: converted.model, outputs },
        { prefix: roundedAlone, model: cutNetwork(converted.model, outputs).model, outputs },
      ]
    : [];
  const model = sideBySide([first, ...others]);
  signal?.throwIfAborted();
  // It runs once: what the engine's optimisations cost is more than they save.
  await using network = await engine.load(writeForEngine(model), reference.origin, {
    optimise: false,
    exactGraph: true,
    signal,
  });
  const feeds = new Map([
    ...reference.model.graph.input.map(({ name }) => [name, reference.values.get(name)!] as const),
    ...(converted?.feeds ?? []),
    ...mapped.flatMap(({ value, board }) => {
      const input = cut.inputOf.get(value.name);
      return input === undefined ? [] : [[input, board] as const];
    }),
  ]);
  const wanted = new Map(network.inputs.map(({ name }) => [name, feeds.get(name)!]));
  const results = await network.run(wanted, { signal });
  const valuesOf = (prefix: string) => mapped.map(({ value }) => floats(results, `${prefix}${value.name}`));
  return {
    isolated: valuesOf(alone),
    ...(converted ? { expected: { cumulative: valuesOf(rounded), isolated: valuesOf(roundedAlone) } } : {}),
  };
}

function floats(results: NamedTensors, name: string): Tensor<'float32'> {
  const { shape, data } = results.get(name)!;
  return tensor('float32', shape, elementsOf('float32', bytesOf(data)));
}
