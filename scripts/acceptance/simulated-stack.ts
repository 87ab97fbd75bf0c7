import type { ReferenceEngine } from '../../harness/reference/engine.ts';
import { roundLayers, type InjectedFault } from '../../harness/reference/npu-format/round-layers.ts';
import {
  dtypeToOnnx,
  makeNode,
  tensorToOnnx,
  type OnnxModel,
  type OnnxNode,
} from '../../harness/reference/onnx/model.ts';
import type { TensorStorage } from '../../harness/reference/npu-format/tensor-storage.ts';
import { tensor } from '../../harness/tensor/tensor.ts';
import type { NpuContext } from '../../runners/virtual/npu.ts';
import { loadModel } from '../../runners/virtual/npu/load-model.ts';
import { loadNetwork } from '../../runners/virtual/npu/network.ts';
import { personalities, type SimulatedSdk } from '../../runners/virtual/npu/personality.ts';
import { SimulatedContext } from '../../runners/virtual/npu/simulated-context.ts';
import { Turns } from '../../runners/virtual/npu/turns.ts';

/** What a simulated stack does otherwise than its personality. */
export type Deviation =
  | { readonly kind: 'none' }
  /** The simulated NPU's own fault. */
  | { readonly kind: 'fault'; readonly fault: InjectedFault }
  /** Adds a number to each class of a layer before it is rounded. */
  | { readonly kind: 'class-offset'; readonly layer: string; readonly amounts: readonly number[] }
  /** Stores a layer's output in another format. */
  | { readonly kind: 'format'; readonly layer: string; readonly storage: TensorStorage }
  /** Moves every value of every layer by a random part of itself before it is rounded, anew in each run. */
  | { readonly kind: 'jitter'; readonly relative: number; readonly seed: number };

const quiet = () => undefined;

/** Loads a model into a simulated NPU, without board, SSH or protocol around it. */
export async function openSimulatedStack(
  engine: ReferenceEngine,
  modelBytes: Uint8Array,
  sdk: SimulatedSdk,
  deviation: Deviation,
): Promise<NpuContext> {
  const personality = personalities[sdk];
  const model = loadModel(modelBytes, personality, quiet);
  const { network, program: built } = model.own!;
  const program =
    deviation.kind === 'format'
      ? {
          ...built,
          rounded: built.rounded.map((each) =>
            each.tensor === deviation.layer ? { ...each, storage: deviation.storage } : each,
          ),
        }
      : built;
  const rounded = deviate(
    roundLayers(
      network,
      program,
      personality.arithmetic,
      deviation.kind === 'fault' ? deviation.fault : undefined,
    ),
    deviation,
    program.rounded.map(({ tensor: name }) => name),
  );
  return new SimulatedContext({
    engine,
    personality,
    logLevel: 1,
    turns: new Turns(),
    model,
    network: await loadNetwork(engine, rounded, quiet),
  });
}

/** Changes layer outputs between where they are computed (`<layer>/exact`) and where they are rounded. */
function deviate(source: OnnxModel, deviation: Deviation, layers: readonly string[]): OnnxModel {
  switch (deviation.kind) {
    case 'class-offset': {
      const { layer, amounts } = deviation;
      const constant = tensorToOnnx(
        `${layer}/offset`,
        tensor('float32', [1, amounts.length], Float32Array.from(amounts)),
      );
      return insertBehind(
        source,
        layer,
        (from, to) => [makeNode('Add', [from, constant.name], [to], {}, unnamed)],
        [constant],
      );
    }
    case 'jitter': {
      const amount = deviation.relative;
      return layers.reduce(
        (model, layer, index) =>
          insertBehind(model, layer, (from, to) => {
            const noise = `${layer}/jitter`;
            return [
              makeNode(
                'RandomUniformLike',
                [from],
                [noise],
                {
                  low: { float: 1 - amount },
                  high: { float: 1 + amount },
                  seed: { float: 1000 * deviation.seed + index },
                  dtype: { int: dtypeToOnnx('float32') },
                },
                unnamed,
              ),
              makeNode('Mul', [from, noise], [to], {}, unnamed),
            ];
          }),
        source,
      );
    }
    case 'none':
    case 'fault':
    case 'format':
      return source;
  }
}

const unnamed = { name: '' };

function insertBehind(
  source: OnnxModel,
  layer: string,
  make: (from: string, to: string) => OnnxNode[],
  constants: OnnxModel['graph']['initializer'] = [],
): OnnxModel {
  const { graph } = source;
  const exact = `${layer}/exact`;
  const maker = graph.node.findIndex(({ output }) => output.includes(exact));
  if (maker === -1) throw new RangeError(`the network rounds no layer ${layer}`);
  const moved = `${layer}/deviating`;
  const renamed = graph.node.map((node) => ({
    ...node,
    input: node.input.map((name) => (name === exact ? moved : name)),
  }));
  return {
    ...source,
    graph: {
      ...graph,
      node: [...renamed.slice(0, maker + 1), ...make(exact, moved), ...renamed.slice(maker + 1)],
      initializer: [...graph.initializer, ...constants],
    },
  };
}
