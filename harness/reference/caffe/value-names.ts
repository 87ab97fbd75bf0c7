import type { CaffeLayer, CaffeNet } from './caffe-net.ts';

/** Names of the ONNX network's values; each is given once. */
export interface ValueNames {
  /** Of what a layer makes as its i-th top. */
  top(layer: number, i: number): string;
  /** The wish, or the wish with a number where it is taken. */
  fresh(wish: string): string;
}

/**
 * A blob keeps its Caffe name. Layers that work in place give one blob several values in turn: the last keeps the name,
 * since that is what Caffe's blob holds in the end; the others are called `<blob>@<layer that made it>`. A Dropout
 * changes nothing, so the layer before it has the last word, unless the network ends there. An input always keeps its
 * name, so that it can be fed.
 */
export function nameValues({ inputs, layers }: CaffeNet): ValueNames {
  const fed = new Set(inputs.map(({ name }) => name));
  const lastReader = new Map(layers.flatMap(({ bottoms }, layer) => bottoms.map((blob) => [blob, layer])));
  const onlyPasses = ({ type, bottoms }: CaffeLayer, blob: string, layer: number) =>
    type === 'Dropout' && bottoms.includes(blob) && lastReader.get(blob)! > layer;
  const lastMaker = new Map(
    layers.flatMap((each, layer) =>
      each.tops.flatMap((blob, i) =>
        onlyPasses(each, blob, layer) ? [] : [[blob, `${layer}/${i}`] as const],
      ),
    ),
  );
  const taken = new Set([...fed, ...lastMaker.keys()]);
  const fresh = (wish: string): string => {
    let name = wish;
    for (let n = 2; taken.has(name); n++) name = `${wish}_${n}`;
    taken.add(name);
    return name;
  };
  const tops = layers.map(({ name, tops: blobs }, layer) =>
    blobs.map((blob, i) =>
      lastMaker.get(blob) === `${layer}/${i}` && !fed.has(blob) ? blob : fresh(`${blob}@${name}`),
    ),
  );
  return { top: (layer, i) => tops[layer]![i]!, fresh };
}
