import type { LayerScope } from '../layer-scope.ts';

/** An axis counted from the front; Caffe lets negative ones count from the end. @throws {CaffeLayerError} */
export function axisOf(scope: LayerScope, axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) {
    scope.refuse(`has axis ${axis}, but its input has ${rank} axes`);
  }
  return axis < 0 ? axis + rank : axis;
}

export const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
