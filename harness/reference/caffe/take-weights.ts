import { nearestKey } from '../../spec/nearest-key.ts';
import { elementCount, formatShape, tensor, type Tensor } from '../../tensor/tensor.ts';
import { CaffeWeightsError, type LayerPlace } from './caffe-error.ts';
import type { CaffeModel } from './caffemodel.ts';

/** A blob that a layer asks for. */
export interface WantedBlob {
  /** What it is: weights, bias, ... */
  readonly part: string;
  readonly shape: readonly number[];
}

/** Where a layer's weights come from: as many blobs as it wants, of the shapes that it wants. */
export type TakeWeights = (layer: LayerPlace, wanted: readonly WantedBlob[]) => Tensor<'float32'>[];

/**
 * Weights from a caffemodel, found by the layer's name. Shapes must agree but for leading extents of 1, which the old
 * form of four extents has.
 *
 * @param origin - The prototxt, for messages.
 * @throws {CaffeWeightsError} On use: if blobs are missing, too many or of another shape.
 */
export function weightsFrom(model: CaffeModel, origin: string): TakeWeights {
  const taken = new Set<string>();
  return (layer, wanted) => {
    const refuse = (problem: string): never => {
      throw new CaffeWeightsError(origin, layer, model.origin, problem);
    };
    // Caffe would give the weights to the first of the two, and leave the second with random ones.
    if (taken.has(layer.name)) refuse('has the name of a layer before it, so it has no weights of its own');
    taken.add(layer.name);
    const blobs = model.blobs.get(layer.name);
    if (blobs === undefined) {
      const near = nearestKey(layer.name, [...model.blobs.keys()]);
      return refuse(
        `needs ${describe(wanted)}, but there are none of that name${near === undefined ? '' : ` (there is ${near})`}`,
      );
    }
    if (blobs.length !== wanted.length) {
      refuse(`needs ${describe(wanted)}, but has ${blobs.map(({ shape }) => formatShape(shape)).join(', ')}`);
    }
    return wanted.map(({ part, shape }, i) => {
      const found = blobs[i]!;
      if (formatShape(withoutLeadingOnes(found.shape)) !== formatShape(withoutLeadingOnes(shape))) {
        refuse(`needs ${part} of ${formatShape(shape)}, but they are ${formatShape(found.shape)}`);
      }
      if (found.values.length !== elementCount(shape)) {
        refuse(
          `needs ${part} of ${formatShape(shape)}, ${elementCount(shape)} values, but there are ${found.values.length}`,
        );
      }
      return tensor('float32', shape, found.values);
    });
  };
}

const describe = (wanted: readonly WantedBlob[]): string =>
  wanted.map(({ part, shape }) => `${part} of ${formatShape(shape)}`).join(' and ');

function withoutLeadingOnes(shape: readonly number[]): readonly number[] {
  const first = shape.findIndex((extent) => extent !== 1);
  return first === -1 ? [] : shape.slice(first);
}
