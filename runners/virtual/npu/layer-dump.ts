import type { LayerOutput } from '../../../harness/board/session.ts';
import type { ReferenceEngine, ReferenceModel } from '../../../harness/reference/engine.ts';
import { storageToRknn } from '../../../harness/reference/rknn-file/tensor-attributes.ts';
import { tensor, type NamedTensors, type Tensor } from '../../../harness/tensor/tensor.ts';
import { dumpPlan, flattenedColumns, opaqueDumpPlan, type DumpedLayer } from './dump-plan.ts';
import type { NetworkRuntime, VirtualModel } from './load-model.ts';
import { loadNetwork, runNetwork } from './network.ts';

type Print = (line: string) => void;

/** Line of the log after which only the content of that file comes. */
export const layerNamesFollow = 'virtual board: NodeID_To_LayerName.txt follows';

/** Runs a model with every layer's output written out, as a runtime does under `NN_LAYER_DUMP=1`. */
export class LayerDump {
  /** Computes all layer outputs; whoever prepared the dump disposes it. */
  readonly network: ReferenceModel;
  readonly #plan: readonly DumpedLayer[];
  readonly #model: VirtualModel;

  private constructor(network: ReferenceModel, plan: readonly DumpedLayer[], model: VirtualModel) {
    this.network = network;
    this.#plan = plan;
    this.#model = model;
  }

  static async prepare(
    engine: ReferenceEngine,
    model: VirtualModel,
    runtime: NetworkRuntime,
    print: Print,
  ): Promise<LayerDump> {
    const plan = planOf(model);
    const wanted = new Set(plan.flatMap(({ layer }) => layer.outputs.map((output) => output.tensor)));
    const exposing = model.write(runtime, [...wanted]);
    return new LayerDump(await loadNetwork(engine, exposing, print), plan, model);
  }

  /** One run. Layers in execution order, real values; the driver's and runtime's own lines go to `print`. */
  async write(feeds: NamedTensors, print: Print): Promise<LayerOutput[]> {
    const results = await runNetwork(this.network, feeds, print);
    const files: LayerOutput[] = [];
    this.#plan.forEach((dumped, index) => {
      print(`***********dump layer :${String(index).padStart(2)}***************`);
      dumped.layer.outputs.forEach(({ tensor: name }, out) => {
        files.push(...dumpFiles(dumped, results.get(name)!, out));
      });
    });
    this.#printLayerNames(print);
    return files;
  }

  /** The runtime leaves a file that says which node is which layer; its content goes to the log here. */
  #printLayerNames(print: Print): void {
    const { nodes = [] } = this.#model.trailer;
    print(layerNamesFollow);
    print('NodeID\t LayerName');
    for (const { nodeId, layer } of this.#plan)
      print(` ${nodeId}\t${nodes[layer.nodes.at(-1)!]?.lid ?? 'unknow node!'}`);
  }
}

function planOf({ trailer, layers, results, outputs }: VirtualModel): DumpedLayer[] {
  if (trailer.pre_compile !== 1) {
    return dumpPlan(layers, trailer.nodes?.length ?? 0, trailer.optimization_level ?? 0);
  }
  return opaqueDumpPlan(
    results.map((name, i) => ({
      tensor: name,
      size: outputs[i]!.shape.toReversed(),
      dtype: storageToRknn(outputs[i]!),
    })),
  );
}

/** The files that a dump writes for one tensor of a layer, one for each image of a batch. */
function dumpFiles(
  { nodeId, kind, flattened }: DumpedLayer,
  { shape, data }: Tensor,
  out: number,
): LayerOutput[] {
  const size = flattened ? [flattenedColumns, data.length / flattenedColumns] : shape.toReversed();
  const [w = 1, h = 1, d = 1] = size;
  const volume = w * h * d;
  const batch = volume === 0 ? 0 : data.length / volume;
  return Array.from({ length: batch }, (_, n) => ({
    name: `NodeID_${nodeId}_${kind}_w_${w}_h_${h}_d_${d}_batchID_${n}_out_${out}.txt`,
    tensor: tensor(
      'float32',
      [d, h, w],
      new Float32Array(volume).map((__, i) => Number(data[n * volume + i])),
    ),
  }));
}
