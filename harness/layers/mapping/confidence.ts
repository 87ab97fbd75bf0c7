import type { Tensor } from '../../tensor/tensor.ts';
import type { LayerMatch } from './map-layers.ts';
import { likeness, Sample } from './sample.ts';

/** From this correlation on, values alone say which layer a dump is. */
const convincing = 0.95;

/**
 * How sure it is that a dump shows the value that it is mapped to, and why.
 *
 * @param isolated - What the reference gives for the board's own inputs to the layer: it agrees with the board even
 *   where layers before have gone wrong.
 * @param board - In the same shape.
 */
export function judgeMatch(
  match: LayerMatch,
  isolated: Tensor<'float32'>,
  board: Tensor<'float32'>,
): { readonly confidence: number; readonly grounds: string } {
  const { rivals, nextBest, named, outOfOrder } = match;
  const sample = new Sample(isolated.shape);
  const own = likeness(sample.take(isolated.data), sample.take(board.data));
  const whole = match.likeness;
  const correlation = Math.max(own.correlation, whole.correlation);
  const closeness = Math.max(own.closeness, whole.closeness);
  const grounds: string[] = [];
  if (named) grounds.push('its name leads there');
  grounds.push(
    `correlation ${figure(whole.correlation)}${own.correlation > whole.correlation + 0.001 ? `, ${figure(own.correlation)} for the board's own inputs` : ''}${nextBest === undefined ? '' : `, next best ${figure(nextBest)}`}`,
  );
  grounds.push(
    rivals === 0 ? 'the only value with as many elements' : `${rivals} other values with as many elements`,
  );
  if (outOfOrder) grounds.push('out of the order of the reference file');
  else if (correlation < convincing && !named) grounds.push('taken for its place in the order');

  // Few elements correlate by chance; then being equal says more.
  const alike = Math.max(correlation, closeness > 0.9 ? closeness : 0);
  const apart = nextBest === undefined || (1 - nextBest) / (1 - Math.min(alike, 1 - 1e-9)) > 4;
  const byValues = alike >= convincing ? (apart ? 1 : 0.7) : Math.max(0, alike) * 0.6;
  const byPlace = rivals === 0 ? 0.9 : outOfOrder ? 0.1 : 0.4;
  const doubts = (1 - byValues) * (1 - byPlace) * (named ? 0.05 : 1);
  return { confidence: Math.round((1 - doubts) * 100) / 100, grounds: grounds.join('; ') };
}

const figure = (value: number) => value.toFixed(value > 0.99 ? 5 : 2);
